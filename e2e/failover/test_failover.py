"""The leader dies in the middle of a burst, the API server restarts: everything converges, nothing twice."""

from typing import Any

import pytest

from e2e.cluster.session import Cluster
from e2e.kubectl import Kubectl, wait_until
from e2e.product import NAMESPACE

COUNT = 50
LEASE = "9f7554c3.opentelemetry.io"


def collector(number: int) -> dict[str, Any]:
    """A collector without pods: what is tested is the operator, not the node's size."""
    return {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": f"burst-{number}"},
        "spec": {
            "replicas": 0,
            "config": {
                "receivers": {"otlp": {"protocols": {"grpc": {}}}},
                "exporters": {"debug": {}},
                "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
            },
        },
    }


def leader(kubectl: Kubectl) -> str:
    holder = kubectl.within(NAMESPACE).get("lease", LEASE).get("spec", {}).get("holderIdentity", "")
    pods = [pod["metadata"]["name"] for pod in kubectl.within(NAMESPACE).items("pods")]
    return next((pod for pod in pods if holder.startswith(pod)), "")


def converged(kubectl: Kubectl) -> bool:
    """Each collector has exactly one Deployment, ConfigMap and main Service, and a status for its generation."""
    names = {f"burst-{n}" for n in range(COUNT)}
    deployments = sorted(item["metadata"]["name"] for item in kubectl.items("deployments"))
    if deployments != sorted(f"{name}-collector" for name in names):
        return False
    collectors = kubectl.items("otelcol")
    observed = [c for c in collectors if c.get("status", {}).get("observedGeneration") == c["metadata"]["generation"]]
    return len(observed) == COUNT


def assert_nothing_twice(kubectl: Kubectl) -> None:
    owners = [
        (item["metadata"]["ownerReferences"][0]["uid"], item["metadata"]["labels"]["app.kubernetes.io/component"])
        for item in kubectl.items("configmaps", "--selector=app.kubernetes.io/managed-by=opentelemetry-operator")
    ]
    assert len(owners) == len(set(owners)) == COUNT
    for item in kubectl.items(
        "deployments,services,configmaps", "--selector=app.kubernetes.io/managed-by=opentelemetry-operator"
    ):
        assert len([o for o in item["metadata"]["ownerReferences"] if o.get("controller")]) == 1, item["metadata"]["name"]


def test_killed_leader_in_a_burst_of_fifty_collectors_hands_over(namespace: Kubectl) -> None:
    first = wait_until("a leader", lambda: leader(namespace))
    half = COUNT // 2
    namespace.apply([collector(n) for n in range(half)])
    namespace.within(NAMESPACE)("delete", "pod", first, "--grace-period=0", "--force", "--wait=false")
    namespace.apply([collector(n) for n in range(half, COUNT)])
    wait_until("all fifty reconciled after take-over", lambda: converged(namespace), timeout=120)
    assert leader(namespace) != first
    assert_nothing_twice(namespace)


def test_restarted_api_server_in_a_burst_loses_nothing(namespace: Kubectl, cluster: Cluster) -> None:
    if not cluster.can_restart_apiserver:
        pytest.skip("this provider's API server is not ours to restart")
    namespace.apply([collector(n) for n in range(COUNT // 2)])
    cluster.restart_apiserver()
    wait_until("the second half applied", lambda: namespace.apply([collector(n) for n in range(COUNT)]), timeout=60)
    wait_until("all fifty reconciled after the restart", lambda: converged(namespace), timeout=120)
    assert_nothing_twice(namespace)
    wait_until("a Service repaired again", lambda: repaired(namespace), timeout=60)


def repaired(namespace: Kubectl) -> bool:
    """Whether child watches work again: delete a Service and see it come back."""
    namespace("delete", "service", "burst-0-collector", "--ignore-not-found")
    return bool(wait_until("Service made again", lambda: namespace.get("service", "burst-0-collector"), timeout=10))
