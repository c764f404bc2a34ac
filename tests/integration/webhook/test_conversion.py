"""Both served versions of a collector on a real API server."""

import base64
import json
import random
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


ODD = """\
# ours
receivers: {otlp: {protocols: {grpc: {endpoint: 0.0.0.0:4317}}}}
exporters: {debug: {sampling_initial: 2.0}}
processors:
service:
  extensions:
  telemetry:
  pipelines: {traces: {receivers: otlp, processors: , exporters: debug}}
"""


def test_odd_text_is_read_back_and_its_v1beta1_form_can_be_edited(kubectl: Any, shop: str) -> None:
    assert kubectl.apply(shop, old_collector(ODD)).returncode == 0
    assert kubectl.get(shop, V1ALPHA1, "agent")["spec"]["config"] == ODD
    new = kubectl.get(shop, V1BETA1, "agent")
    new["spec"]["replicas"] = 2
    replaced = kubectl("replace", "-n", shop, "-f", "-", stdin=json.dumps(new))
    assert replaced.returncode == 0, replaced.stderr
    assert kubectl.get(shop, V1ALPHA1, "agent")["spec"]["config"] == ODD


def test_applying_v1alpha1_again_changes_nothing(kubectl: Any, shop: str) -> None:
    written = old_collector(ODD, mode="deployment", minReplicas=1, maxReplicas=3)
    assert kubectl.apply(shop, written).returncode == 0
    assert "unchanged" in kubectl.apply(shop, written).stdout
    written["spec"]["maxReplicas"] = 5
    assert kubectl.apply(shop, written).returncode == 0
    assert kubectl.get(shop, V1BETA1, "agent")["spec"]["autoscaler"]["maxReplicas"] == 5


def test_text_of_half_a_megabyte_is_kept(kubectl: Any, shop: str) -> None:
    text = "".join(f"# a comment about {number}\n" for number in range(20_000)) + CONFIG
    created = kubectl("create", "-n", shop, "-f", "-", stdin=json.dumps(old_collector(text)))
    assert created.returncode == 0, created.stderr
    assert kubectl.get(shop, V1ALPHA1, "agent")["spec"]["config"] == text


def test_text_that_finds_no_room_is_refused_with_the_remedy(kubectl: Any, shop: str) -> None:
    noise = base64.b64encode(random.Random(1).randbytes(300_000)).decode()
    created = kubectl("create", "-n", shop, "-f", "-", stdin=json.dumps(old_collector(f"# {noise}\n{CONFIG}")))
    assert created.returncode != 0
    assert "shorten its comments" in created.stderr


def test_spoilt_annotation_of_one_object_breaks_no_list(kubectl: Any, shop: str, collector: Any) -> None:
    spoilt = collector("spoilt")
    spoilt["metadata"]["annotations"] = {"operator.opentelemetry.io/v1alpha1-only": "[" * 100_000}
    created = kubectl("create", "-n", shop, "-f", "-", stdin=json.dumps(spoilt))
    assert created.returncode == 0, created.stderr
    listed = kubectl("get", "-n", shop, V1ALPHA1, "-o", "name")
    assert "spoilt" in listed.stdout, listed.stderr


def test_unknown_keys_of_the_configuration_are_kept_in_every_place(kubectl: Any, shop: str, lenient: Any, collector: Any) -> None:
    obj = collector("agent")
    config = obj["spec"]["config"]
    for place in (config, config["service"], config["service"]["pipelines"]["traces"], config["receivers"]["otlp"]):
        place["x-unknown"] = {"a": None}
    with lenient():
        assert kubectl("create", "-n", shop, "-f", "-", stdin=json.dumps(obj)).returncode == 0
    stored = kubectl.get(shop, V1BETA1, "agent")["spec"]["config"]
    for place in (stored, stored["service"], stored["service"]["pipelines"]["traces"], stored["receivers"]["otlp"]):
        assert place["x-unknown"] == {"a": None}
