"""Both served versions of a collector on a real API server."""

from pathlib import Path
from typing import Any

import pytest
import yaml

V1ALPHA1 = "opentelemetrycollectors.v1alpha1.opentelemetry.io"
V1BETA1 = "opentelemetrycollectors.v1beta1.opentelemetry.io"

CONFIG = """\
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:4317
exporters:
  debug: {}
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [debug]
"""


def old_collector(config: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "opentelemetry.io/v1alpha1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "agent"},
        "spec": {"mode": "daemonset", "config": config, **spec},
    }


def test_v1alpha1_is_read_back_as_it_was_written_and_as_v1beta1(kubectl: Any, shop: str) -> None:
    written = old_collector(CONFIG, serviceAccount="me", env=[{"name": "A", "value": "1"}])
    done = kubectl.apply(shop, written)
    assert done.returncode == 0, done.stderr
    new = kubectl.get(shop, V1BETA1, "agent")["spec"]
    config = yaml.safe_load(CONFIG)
    assert {section: new["config"][section] for section in ("receivers", "exporters")} == {
        section: config[section] for section in ("receivers", "exporters")
    }
    assert new["config"]["service"]["pipelines"] == config["service"]["pipelines"]
    old = kubectl.get(shop, V1ALPHA1, "agent")["spec"]
    # Their own text: not the defaults that admission added, which would differ from it at every `kubectl diff`.
    assert old["config"] == CONFIG
    assert {key: old[key] for key in ("mode", "serviceAccount", "env")} == {
        "mode": "daemonset",
        "serviceAccount": "me",
        "env": [{"name": "A", "value": "1"}],
    }


def test_v1beta1_fields_survive_an_edit_by_a_v1alpha1_client(kubectl: Any, shop: str, collector: Any) -> None:
    written = collector("agent", hostPID=True, networkPolicy={"enabled": False}, dnsPolicy="ClusterFirst")
    assert kubectl.apply(shop, written).returncode == 0
    old = kubectl.get(shop, V1ALPHA1, "agent")
    old["spec"]["replicas"] = 3
    replaced = kubectl("replace", "-n", shop, "-f", "-", stdin=yaml.safe_dump(old))
    assert replaced.returncode == 0, replaced.stderr
    new = kubectl.get(shop, V1BETA1, "agent")["spec"]
    assert new["replicas"] == 3
    assert (new["hostPID"], new["networkPolicy"], new["dnsPolicy"]) == (True, {"enabled": False}, "ClusterFirst")


@pytest.mark.parametrize(
    ("config", "place"),
    [("receivers:\n  otlp: {\n", "line 3"), ("receivers:\n\totlp: {}\n", "line 2")],
)
def test_broken_yaml_is_refused_with_line_and_column(kubectl: Any, shop: str, config: str, place: str) -> None:
    done = kubectl.apply(shop, old_collector(config))
    assert done.returncode != 0
    assert f'OpenTelemetryCollector "{shop}/agent" is invalid' in done.stderr
    assert place in done.stderr
    assert "column" in done.stderr


def test_the_guides_manifest_is_accepted(kubectl: Any, shop: str) -> None:
    manifest = Path(__file__).parents[3] / "e2e" / "demo" / "manifests" / "otel-agent.yaml"
    done = kubectl("apply", "-n", shop, "-f", str(manifest))
    assert done.returncode == 0, done.stderr
