"""A collector that is stored in v1alpha1 can be listed through the webhook only, which is asked only once it is ready."""

import json
from pathlib import Path
from typing import Any

from e2e.cluster import binaries
from e2e.cluster.apiserver import ApiServer
from e2e.cluster.ports import free_ports
from e2e.cluster.waiting import wait_until
from otel_operator.api.crd import build_crds
from otel_operator.resources.install.manifest import install_objects
from tests.integration.webhook.conftest import INSTALL, Kubectl, called_at, replica
from tests.interop.relay import Relay

KIND = "OpenTelemetryCollector"
STORED = {
    "apiVersion": "opentelemetry.io/v1alpha1",
    "kind": KIND,
    "metadata": {"name": "old"},
    "spec": {"mode": "sidecar", "config": "receivers: {}"},
}
SECONDS = 60.0
"""For the API server and the program's own pauses; nothing waits for it to pass."""


def apply(kubectl: Kubectl, objects: list[dict[str, Any]]) -> None:
    done = kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(as_list(objects)))
    assert done.returncode == 0, done.stderr


def as_list(objects: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": objects}


def storing_v1alpha1(crd: dict[str, Any]) -> dict[str, Any]:
    """The CRD of a time in which nothing was converted."""
    older: dict[str, Any] = json.loads(json.dumps(crd))
    del older["spec"]["conversion"]
    for version in older["spec"]["versions"]:
        version["storage"] = version["name"] == "v1alpha1"
    return older


def test_a_replica_is_ready_before_it_has_listed_what_it_must_convert(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (crd,) = [crd for crd in build_crds() if crd["spec"]["names"]["kind"] == KIND]
    with ApiServer(tmp_path / "apiserver") as server, Relay(port, closed=True) as service:
        kubectl = Kubectl(binaries.ensure(["kubectl"])["kubectl"], server.kubeconfig)
        apply(kubectl, [storing_v1alpha1(crd)])
        wait_until("a collector is stored", lambda: kubectl.apply("default", STORED).returncode == 0, seconds=SECONDS)

        objects = install_objects(INSTALL, build_crds())
        crds = [obj for obj in objects if obj["kind"] == "CustomResourceDefinition"]
        # As a Service, which has no endpoint before a replica is ready.
        apply(kubectl, [called_at(obj, service.port if obj in crds else port) for obj in objects])
        listed = ("get", "opentelemetrycollectors.v1beta1.opentelemetry.io", "-A")
        wait_until("nothing converts", lambda: "conversion webhook for" in kubectl(*listed).stderr, seconds=SECONDS)
        with replica(server, kubectl, tmp_path, port) as running:
            metrics = running.metrics()
            assert f'otel_operator_cache_objects{{kind="{KIND}"}} 0.0' in metrics
            assert f'otel_operator_cache_failures_total{{kind="{KIND}"}} 0.0' not in metrics
            with service.opened():
                cached = f'otel_operator_cache_objects{{kind="{KIND}"}} 1.0'
                wait_until("the collector is known", lambda: cached in running.metrics(), seconds=SECONDS)
