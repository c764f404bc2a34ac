"""A release's life on a real API server: install, upgrade from an older chart, rollback, uninstall."""

import base64
import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from otel_operator.webhook.certificates.authority import new_authority
from tests.integration.chart.conftest import CHART, NAMESPACE

CRD = "opentelemetrycollectors.opentelemetry.io"
COLLECTOR = {
    "apiVersion": "opentelemetry.io/v1beta1",
    "kind": "OpenTelemetryCollector",
    "metadata": {"name": "agent", "namespace": "default"},
    "spec": {"config": {"receivers": {"otlp": {}}, "exporters": {"debug": {}}, "service": {"pipelines": {}}}},
}
# No webhook runs here to admit the collector.
VALUES = ("--set", "admissionWebhooks.failurePolicy=Ignore")


@pytest.fixture
def previous_chart(tmp_path: Path) -> Path:
    """The chart as an older version, whose collector CRD lacks the short name and whose programs are older."""
    folder = tmp_path / "previous" / "otel-operator"
    shutil.copytree(CHART, folder)
    chart = yaml.safe_load((folder / "Chart.yaml").read_text())
    (folder / "Chart.yaml").write_text(yaml.safe_dump(chart | {"version": "0.0.1", "appVersion": "0.0.1"}))
    file = folder / "files" / "crds" / "opentelemetry.io_opentelemetrycollectors.yaml"
    crd = yaml.safe_load(file.read_text())
    crd["spec"]["names"]["shortNames"].remove("otelcol")
    file.write_text(yaml.safe_dump(crd))
    return folder


def short_names(server: ApiServer) -> list[str]:
    found: list[str] = json.loads(server.kubectl("get", "crd", CRD, "-o", "json"))["spec"]["names"]["shortNames"]
    return found


def image(server: ApiServer) -> str:
    return server.kubectl(
        "get", "deployment", "otel-operator-manager", "-n", NAMESPACE, "-o", "jsonpath={.spec.template.spec.containers[0].image}"
    )


def trusted(server: ApiServer) -> str:
    crd = json.loads(server.kubectl("get", "crd", CRD, "-o", "json"))
    return str(crd["spec"]["conversion"]["webhook"]["clientConfig"].get("caBundle", ""))


def test_a_release_upgrades_the_crds_rolls_back_and_leaves_collectors_when_it_goes(
    pristine: ApiServer, previous_chart: Path, helm: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    def run(verb: str, *arguments: Any) -> None:
        done = helm(verb, "otel-operator", *map(str, arguments), "-n", NAMESPACE, f"--kubeconfig={pristine.kubeconfig}")
        assert done.returncode == 0, f"helm {verb}: {done.stderr}"

    run("install", previous_chart, "--create-namespace", *VALUES)
    pristine.wait_established(CRD)
    pristine.kubectl("apply", "-f", "-", stdin=json.dumps(COLLECTOR))
    # As the webhook program does.
    pem = new_authority(dt.datetime.now(dt.UTC), dt.timedelta(days=1)).certificate
    bundle = base64.b64encode(pem.encode()).decode()
    operation = {"op": "add", "path": "/spec/conversion/webhook/clientConfig/caBundle", "value": bundle}
    pristine.kubectl("patch", "crd", CRD, "--type=json", "-p", json.dumps([operation]))
    assert ("otelcol" in short_names(pristine), image(pristine).endswith(":0.0.1")) == (False, True)

    run("upgrade", CHART, *VALUES)
    assert ("otelcol" in short_names(pristine), image(pristine).endswith(":0.0.1")) == (True, False)
    assert trusted(pristine) == bundle, "an upgrade took the webhook's trust away"

    run("rollback", "1")
    assert ("otelcol" in short_names(pristine), image(pristine).endswith(":0.0.1")) == (False, True)
    assert trusted(pristine) == bundle, "a rollback took the webhook's trust away"

    run("uninstall")
    assert pristine.kubectl("get", "deployments", "-n", NAMESPACE, "-o", "name") == ""
    assert pristine.kubectl("get", f"{CRD}", "-o", "name").strip() == "opentelemetrycollector.opentelemetry.io/agent"
