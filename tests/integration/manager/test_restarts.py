"""Workloads whose pods run an older injection, or missed theirs, are restarted where the Instrumentation asks for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otel_operator.inject.record import INJECTED
from otel_operator.kinds import INSTRUMENTATION, POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.reconcile.instrumentation.injected_pods import RUNNING, SELECTOR, InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed_pods import MissedPods
from otel_operator.reconcile.instrumentation.restarts import Restarts
from otel_operator.reconcile.instrumentation.rollout import RESTARTED_AT, RESTARTED_FOR
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings

Eventually = Callable[..., None]
JsonObject = dict[str, Any]
ASKS = "operator.opentelemetry.io/restart-outdated"
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
READY = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}


class Events:
    """Keeps what would be posted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def record(self, obj: JsonObject, type_: str, reason: str, note: str, action: str = "Reconcile") -> None:
        self.notes.append(f"{obj['kind']} {obj['metadata']['name']} {reason}: {note}")


class Operator:
    """The part of the manager that restarts, run once at a time and at any hour, against the real API server."""

    def __init__(self, client: KubeClient, cluster: Any) -> None:
        self.client, self.cluster, self.key = client, cluster, Key(cluster.namespace, "sdk")
        self.pods, self.events, self.now, self.reasons = InjectedPods(), Events(), NOON, []
        settings = InjectionSettings()
        self.known = Instrumentations(client, self.pods, self.events, settings, lambda feature, outcome: None)
        self.missed = MissedPods(
            client,
            self.known,
            self.events,
            settings.enabled_languages,
            [cluster.namespace],
            changed=lambda key: None,
            pause=0,
        )
        self.restarts = Restarts(
            client,
            self.known,
            self.pods,
            self.events,
            changed=lambda key: None,
            restarted=self.reasons.append,
            now=lambda: self.now,
        )

    reasons: list[str]

    async def once(self) -> None:
        async for obj in self.client.list(INSTRUMENTATION, self.cluster.namespace):
            self.known.observe(obj)
        listed = self.client.list(POD, self.cluster.namespace, labels=SELECTOR, fields=RUNNING, metadata_only=True)
        pods = [pod async for pod in listed]
        for pod in pods:
            self.pods.observe(pod)
        self.pods.keep_only({(self.cluster.namespace, pod["metadata"]["name"]) for pod in pods}, None)
        await self.missed.look()
        await self.restarts.once()

    @property
    def held(self) -> str:
        return self.known.held.get(self.key, "")


@pytest.fixture
async def operator(cluster: Any) -> AsyncIterator[Operator]:
    client = KubeClient(await connect(str(cluster.server.kubeconfig)))
    yield Operator(client, cluster)
    await client.close()


def instrumentation(**annotations: str) -> JsonObject:
    metadata = {"name": "sdk", "annotations": {ASKS: "true", **{f"{ASKS}-{key}": value for key, value in annotations.items()}}}
    head = {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation"}
    return {**head, "metadata": metadata, "spec": {"sampler": {"type": "always_on"}}}


def workload(name: str, kind: str = "Deployment", **pod_annotations: str) -> JsonObject:
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels, "annotations": pod_annotations},
        "spec": {"containers": [{"name": "app", "image": "app"}]},
    }
    spec: JsonObject = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def ready(cluster: Any, eventually: Eventually) -> Callable[[str], None]:
    """Return a function that waits until a workload is settled, playing the kubelet for its pods."""

    def wait(name: str) -> None:
        def settled() -> bool:
            for pod in cluster.get("pod", "-l", f"app={name}"):
                if not pod["status"].get("conditions"):
                    cluster.kubectl("patch", "pod", pod["metadata"]["name"], "--subresource=status", "-p", json.dumps(READY))
                if pod["metadata"].get("deletionTimestamp"):
                    cluster.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period=0", "--force")
            (found,) = (item for item in cluster.get("deployment,statefulset") if item["metadata"]["name"] == name)
            status = found["status"]
            observed = status.get("observedGeneration") == found["metadata"]["generation"]
            counts = {status.get(count) for count in ("replicas", "readyReplicas", "updatedReplicas")}
            return observed and counts == {1}

        eventually(settled, 60)

    return wait


def inject(cluster: Any, name: str, digest: str = "older") -> None:
    """Record on the pods of a workload that they were injected, as the webhook would have."""
    record = json.dumps({"python": {"resource": f"{cluster.namespace}/sdk", "spec": digest}})
    cluster.kubectl("annotate", "pod", "-l", f"app={name}", f"{INJECTED}={record}")
    cluster.kubectl("label", "pod", "-l", f"app={name}", f"{INJECTED}=true")


def restarted(cluster: Any) -> list[str]:
    """Return the names of the workloads that were restarted."""
    found = cluster.get("deployment,statefulset")
    return [
        item["metadata"]["name"]
        for item in found
        if RESTARTED_FOR in (item["spec"]["template"]["metadata"].get("annotations") or {})
    ]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_outdated_workloads_are_restarted_one_after_the_other(
    operator: Operator, cluster: Any, ready: Callable[[str], None], kind: str
) -> None:
    cluster.apply(instrumentation(), *(workload(name, kind) for name in ("first", "second", "current")))
    for name in ("first", "second", "current"):
        ready(name)
    await operator.once()
    digests = operator.known.known[operator.key].digests
    for name, digest in (("first", "older"), ("second", "older"), ("current", digests["python"])):
        inject(cluster, name, digest)
    await operator.once()
    assert restarted(cluster) == ["first"]
    operator.now += timedelta(minutes=2)
    await operator.once()
    assert (restarted(cluster), operator.held) == (["first"], "")  # it is still rolling out
    operator.now += timedelta(minutes=10)
    await operator.once()
    assert "first was restarted and has not become ready since" in operator.held
    ready("first")
    await operator.once()
    assert restarted(cluster) == ["first", "second"]
    ready("second")
    operator.now += timedelta(minutes=2)
    await operator.once()
    assert restarted(cluster) == ["first", "second"]
    assert operator.reasons == ["Outdated", "Outdated"]
    assert operator.events.notes[0].startswith(f"{kind} first InjectionRestart: Restarted: 1 of its pods have an older injection")
    template = cluster.get(kind.lower())[1]["spec"]["template"]["metadata"]["annotations"]
    assert template[RESTARTED_AT] == "2026-11-27T12:00:00Z"


async def test_a_partition_of_a_stateful_set_is_left_to_its_user(
    operator: Operator, cluster: Any, ready: Callable[[str], None]
) -> None:
    canary = workload("canary", "StatefulSet")
    canary["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    cluster.apply(instrumentation(), canary, workload("first"))
    ready("canary")
    ready("first")
    inject(cluster, "canary")
    inject(cluster, "first")
    await operator.once()
    assert "canary has updateStrategy.rollingUpdate.partition 1" in operator.held
    # Pods below it would keep their template, and whatever waits for the restart would wait for ever.
    assert restarted(cluster) == ["first"]


async def test_restart_that_brings_nothing_is_the_last_and_says_so(
    operator: Operator, cluster: Any, ready: Callable[[str], None]
) -> None:
    asks = {"instrumentation.opentelemetry.io/inject-python": "true"}
    cluster.apply(instrumentation(), workload("first", **asks), workload("second", **asks))
    ready("first")
    ready("second")
    await operator.once()  # no webhook serves these pods: they missed the injection, and will again
    assert (restarted(cluster), operator.reasons) == (["first"], ["Missed"])
    ready("first")
    operator.now += timedelta(minutes=5)
    await operator.once()
    assert restarted(cluster) == ["first"]
    assert "Deployment" in operator.held
    assert "still lack the injection" in operator.held
    await operator.known.reconcile(operator.key)
    (live,) = cluster.get("instrumentations.opentelemetry.io")
    degraded = next(found for found in live["status"]["conditions"] if found["type"] == "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "RestartsHeld")


async def test_pods_that_the_go_operator_injected_are_no_missed_ones(
    operator: Operator, cluster: Any, ready: Callable[[str], None]
) -> None:
    adopted = workload("adopted", **{"instrumentation.opentelemetry.io/inject-python": "true"})
    agent = {"name": "opentelemetry-auto-instrumentation-python", "image": "agent"}
    adopted["spec"]["template"]["spec"]["initContainers"] = [agent]
    cluster.apply(instrumentation(), adopted)
    ready("adopted")
    await operator.once()
    assert restarted(cluster) == []


async def test_budget_without_room_holds_the_restart(
    operator: Operator, cluster: Any, ready: Callable[[str], None], eventually: Eventually
) -> None:
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "all"}}
    cluster.apply(
        instrumentation(),
        workload("first"),
        {**budget, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "first"}}}},
    )
    ready("first")
    eventually(lambda: cluster.get("pdb")[0].get("status", {}).get("currentHealthy") == 1, 60)
    inject(cluster, "first")
    await operator.once()
    assert restarted(cluster) == []
    assert "PodDisruptionBudget all allows no disruption now" in operator.held
    cluster.kubectl("patch", "pdb", "all", "--type=merge", "-p", '{"spec":{"minAvailable":0}}')
    eventually(lambda: cluster.get("pdb")[0]["status"]["disruptionsAllowed"] == 1, 60)
    await operator.once()
    assert (restarted(cluster), operator.held) == (["first"], "")


async def test_windows_and_intervals_are_kept_and_nothing_happens_unasked(
    operator: Operator, cluster: Any, ready: Callable[[str], None]
) -> None:
    quiet = instrumentation()
    quiet["metadata"]["annotations"] = {}
    cluster.apply(quiet, workload("first"))
    ready("first")
    inject(cluster, "first")
    await operator.once()
    assert restarted(cluster) == []
    cluster.apply(instrumentation(window="Mon-Fri 22:00-04:00", interval="1h"))
    await operator.once()
    assert restarted(cluster) == []
    operator.now = NOON + timedelta(hours=11)
    await operator.once()
    assert restarted(cluster) == ["first"]
    ready("first")
    inject(cluster, "first", "older still")
    cluster.apply({**instrumentation(window="Mon-Fri 22:00-04:00", interval="1h"), "spec": {"propagators": ["b3"]}})
    await operator.once()
    assert len(operator.reasons) == 1
    operator.now += timedelta(hours=1)
    await operator.once()
    assert len(operator.reasons) == 2


def test_the_manager_restarts_by_itself(
    cluster: Any, start_manager: Callable[..., Any], ready: Callable[[str], None], eventually: Eventually
) -> None:
    manager = start_manager()
    cluster.apply(instrumentation(), workload("first"))
    ready("first")
    inject(cluster, "first")
    eventually(lambda: restarted(cluster) == ["first"], 90)
    eventually(lambda: any(event["reason"] == "InjectionRestart" for event in cluster.get("events.events.k8s.io")))
    assert 'otel_operator_injection_restarts_total{reason="Outdated"} 1.0' in manager.page("/metrics")
