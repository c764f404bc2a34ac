"""Where the real scheduler puts the operator's pods, and whether a rollout finds room, on nodes that exist on paper."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.fake_node import fake_node_object
from e2e.cluster.waiting import wait_until
from tests.integration.chart.conftest import NAMESPACE, ROOT, Render

PROGRAMS = ("manager", "webhook")
WORKERS = 3


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Three nodes for work and one of the control plane, which takes none."""
    with ApiServer(tmp_path_factory.mktemp("nodes"), kwok=True) as server:
        for number in range(1, WORKERS):
            server.kubectl("apply", "-f", "-", stdin=json.dumps(fake_node_object(f"fake-{number}")))
        taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
        control_plane = fake_node_object("control-plane") | {"spec": {"taints": [taint]}}
        server.kubectl("apply", "-f", "-", stdin=json.dumps(control_plane))
        # A node is tainted until it is seen to be ready, and counts as none for the overlay until then.
        taints = ("get", "nodes", "-o", "jsonpath={.items[*].spec.taints[*].key}")
        wait_until("nodes that are ready", lambda: server.kubectl(*taints) == taint["key"], seconds=60)
        # The scheduler may hear of it later than we do, and three pods that keep apart need all three.
        server.kubectl("apply", "-f", "-", stdin=json.dumps(keeping_apart()))
        server.kubectl("rollout", "status", "deployment/apart", "--timeout=60s")
        server.kubectl("delete", "deployment", "apart")
        yield server


@pytest.fixture
def home(nodes: ApiServer) -> Iterator[ApiServer]:
    nodes.kubectl("create", "namespace", NAMESPACE)
    yield nodes
    nodes.kubectl("delete", "namespace", NAMESPACE)


def test_three_replicas_have_a_node_each_and_can_be_replaced(home: ApiServer) -> None:
    run(home, list(yaml.safe_load_all(home.kubectl("kustomize", str(ROOT / "manifests" / "overlays" / "ha")))))
    for _ in range(2):
        assert {program: len(set(places(home, program))) for program in PROGRAMS} == {"manager": 3, "webhook": 3}
        roll(home)


def test_a_webhook_on_the_ports_of_every_node_can_be_replaced(home: ApiServer, render: Render) -> None:
    run(home, render({"hostNetwork": True, "replicaCount": WORKERS}))
    roll(home)
    assert len(set(places(home, "webhook"))) == WORKERS
    hosts = {program: {bool(pod["spec"].get("hostNetwork")) for pod in pods(home, program)} for program in PROGRAMS}
    assert hosts == {"manager": {False}, "webhook": {True}}


def keeping_apart() -> dict[str, Any]:
    """A Deployment with a pod for every worker."""
    labels = {"app": "apart"}
    rule = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}}
    spec = {"affinity": affinity, "containers": [{"name": "any", "image": "any"}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "apart", "namespace": "default"},
        "spec": {"replicas": WORKERS, "selector": {"matchLabels": labels}, "template": template},
    }


def run(server: ApiServer, objects: list[dict[str, Any]]) -> None:
    """Apply what has to do with pods, and wait for them."""
    server.kubectl(
        "apply", "-f", "-", stdin=yaml.safe_dump_all(o for o in objects if o["kind"] in ("ServiceAccount", "Deployment"))
    )
    wait(server)


def roll(server: ApiServer) -> None:
    for program in PROGRAMS:
        server.kubectl("rollout", "restart", f"deployment/otel-operator-{program}", "-n", NAMESPACE)
    wait(server)


def wait(server: ApiServer) -> None:
    for program in PROGRAMS:
        server.kubectl("rollout", "status", f"deployment/otel-operator-{program}", "-n", NAMESPACE, "--timeout=60s")


def places(server: ApiServer, program: str) -> list[str]:
    return [pod["spec"]["nodeName"] for pod in pods(server, program)]


def pods(server: ApiServer, program: str) -> list[dict[str, Any]]:
    """Return the program's pods that are to stay."""
    selector = f"app.kubernetes.io/component={program}"
    found = json.loads(server.kubectl("get", "pods", "-n", NAMESPACE, "-l", selector, "-o", "json"))["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]
