"""A release's life on a real API server: install, upgrade from an older chart, rollback, uninstall; and after kubectl."""

import base64
import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from e2e.cluster.apiserver import ApiServer
from e2e.helm.previous import SHORT_NAME, previous_chart
from otel_operator.webhook.certificates.authority import new_authority
from tests.integration.chart.conftest import CHART, NAMESPACE, ROOT

CRD = "opentelemetrycollectors.opentelemetry.io"
COLLECTOR = {
    "apiVersion": "opentelemetry.io/v1beta1",
    "kind": "OpenTelemetryCollector",
    "metadata": {"name": "agent", "namespace": "default"},
    "spec": {"config": {"receivers": {"otlp": {}}, "exporters": {"debug": {}}, "service": {"pipelines": {}}}},
}
# No webhook runs here to admit the collector.
VALUES = ("--set", "admissionWebhooks.failurePolicy=Ignore")


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
    pristine: ApiServer, tmp_path: Path, helm: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    def run(verb: str, *arguments: Any) -> None:
        done = helm(verb, "otel-operator", *map(str, arguments), "-n", NAMESPACE, f"--kubeconfig={pristine.kubeconfig}")
        assert done.returncode == 0, f"helm {verb}: {done.stderr}"

    run("install", previous_chart(tmp_path, appVersion="0.0.1"), "--create-namespace", *VALUES)
    pristine.wait_established(CRD)
    pristine.kubectl("apply", "-f", "-", stdin=json.dumps(COLLECTOR))
    # As the webhook program does.
    pem = new_authority(dt.datetime.now(dt.UTC), dt.timedelta(days=1)).certificate
    bundle = base64.b64encode(pem.encode()).decode()
    operation = {"op": "add", "path": "/spec/conversion/webhook/clientConfig/caBundle", "value": bundle}
    pristine.kubectl("patch", "crd", CRD, "--type=json", "-p", json.dumps([operation]))
    assert (SHORT_NAME in short_names(pristine), image(pristine).endswith(":0.0.1")) == (False, True)

    run("upgrade", CHART, *VALUES)
    assert (SHORT_NAME in short_names(pristine), image(pristine).endswith(":0.0.1")) == (True, False)
    assert trusted(pristine) == bundle, "an upgrade took the webhook's trust away"

    run("rollback", "1")
    assert (SHORT_NAME in short_names(pristine), image(pristine).endswith(":0.0.1")) == (False, True)
    assert trusted(pristine) == bundle, "a rollback took the webhook's trust away"

    run("uninstall")
    assert pristine.kubectl("get", "deployments", "-n", NAMESPACE, "-o", "name") == ""
    assert pristine.kubectl("get", f"{CRD}", "-o", "name").strip() == "opentelemetrycollector.opentelemetry.io/agent"


def test_a_release_takes_over_what_kubectl_installed(
    pristine: ApiServer, helm: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    def deployments() -> dict[str, Any]:
        """What they are by uid: the same pods. An annotation of helm's raises the generation already."""
        found = json.loads(pristine.kubectl("get", "deployments", "-n", NAMESPACE, "-o", "json"))["items"]
        return {obj["metadata"]["uid"]: obj["spec"] for obj in found}

    pristine.kubectl("apply", "-f", str(ROOT / "manifests" / "opentelemetry-operator.yaml"))
    before = deployments()
    install = ("install", "otel-operator", str(CHART), "-n", NAMESPACE, f"--kubeconfig={pristine.kubeconfig}")
    refused = helm(*install)
    assert "invalid ownership metadata" in refused.stderr
    done = helm(*install, "--take-ownership")
    assert done.returncode == 0, done.stderr
    assert deployments() == before
