"""What the scenarios of injection do with a cluster: open collectors, look at pods, call with a known trace, read the gateway."""

from __future__ import annotations

from pathlib import Path

from e2e import product
from e2e.cluster.errors import ClusterError
from e2e.injection import manifests
from e2e.injection.arrived import Arrived, read
from e2e.injection.manifests import PATHS
from e2e.kubectl import Kubectl, wait_until

HERE = Path(__file__).parent
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
HEADERS = {"traceparent": f"00-{TRACE}-{PARENT}-01", "baggage": "tenant=blue"}


def open_collectors(kubectl: Kubectl) -> None:
    """Apply the agent and its gateway, and wait until both are available."""
    kubectl.apply(HERE / "collectors.yaml")
    for name in ("otel-gateway", "otel-agent"):
        kubectl("wait", "--for=condition=Available", f"otelcol/{name}", "--timeout=120s", timeout=150)


def check_injected(kubectl: Kubectl, service: str, container: str) -> None:
    """Raise ClusterError with the pod's annotations, which may say why, when it runs without injection's container."""
    for pod in kubectl.items("pods", f"--selector=app={service}"):
        found = [item["name"] for kind in ("initContainers", "containers") for item in pod["spec"].get(kind, [])]
        if sorted(found) != sorted([container, service]):
            annotations = pod["metadata"].get("annotations", {})
            raise ClusterError(f"{service} was not injected as asked: containers {found}, annotations {annotations}")


def call(kubectl: Kubectl, service: str, headers: dict[str, str]) -> str:
    """Ask a service once, from a pod of the cluster, and return its answer; ClusterError when the call fails."""
    kubectl.apply(manifests.caller(f"http://{service}:8080{PATHS[service]}", headers))
    wait_until("the call's end", lambda: kubectl.get("pod", "caller")["status"]["phase"] in ("Succeeded", "Failed"), timeout=90)
    said = kubectl("logs", "caller")
    if kubectl.get("pod", "caller")["status"]["phase"] != "Succeeded":
        raise ClusterError(f"the call of {service} failed: {said}")
    return said


def at_gateway(kubectl: Kubectl) -> list[Arrived]:
    """Return all spans and log records that the gateway has written."""
    (pod,) = product.pods_of(kubectl, "otel-gateway")
    return read(kubectl("exec", pod, "--", "cat", "/data/telemetry.jsonl").splitlines())
