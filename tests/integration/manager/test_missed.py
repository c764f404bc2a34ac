"""Pods that ask for an Instrumentation and run without are told of, whether restarts are on or not. No webhook runs here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from otel_operator.inject.record import INJECTED, REFUSED
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.kube.events import EventRecorder
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed_pods import MissedPods
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings

Eventually = Callable[..., None]
JsonObject = dict[str, Any]
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}
INSTRUMENTATION = {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": {"name": "sdk"}, "spec": {}}


REFUSED_FOR_WANT_OF_IT = json.dumps(
    [{"feature": "python", "reason": "NoInstrumentation", "message": "there is none; create one"}]
)


def deployment(name: str, annotations: JsonObject, replicas: int = 1, **pod_spec: Any) -> JsonObject:
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels, "annotations": annotations},
        "spec": {"containers": [{"name": "app", "image": "app"}], **pod_spec},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def status(cluster: Any) -> JsonObject:
    (live,) = cluster.get("instrumentations.opentelemetry.io")
    return dict(live.get("status") or {})


def events(cluster: Any, namespace: str = "") -> list[tuple[str, str]]:
    """Return kind and name of what the Events about missed injections are on."""
    if namespace:
        found = json.loads(cluster.server.kubectl("-n", namespace, "get", "events.events.k8s.io", "-o", "json"))["items"]
    else:
        found = cluster.get("events.events.k8s.io")
    missed = [event["regarding"] for event in found if event["reason"] == "InjectionMissed"]
    assert all(regarding["uid"] for regarding in missed)
    return [(regarding["kind"], regarding["name"]) for regarding in missed]


@pytest.fixture
def pods_without(cluster: Any, eventually: Eventually) -> None:
    """Workloads from before the Instrumentation: two pods that ask, one that does not, one that the Go operator injected."""
    agent = {"name": "opentelemetry-auto-instrumentation-python", "image": "agent"}
    cluster.apply(
        deployment("asks", ASKS, replicas=2), deployment("quiet", {}), deployment("adopted", ASKS, initContainers=[agent])
    )
    eventually(lambda: len(cluster.get("pod")) == 4, 60)


def test_the_status_counts_pods_from_before_the_instrumentation_and_each_workload_is_told_once(
    cluster: Any, pods_without: None, manager: Any, eventually: Eventually
) -> None:
    cluster.apply(INSTRUMENTATION)
    eventually(lambda: status(cluster).get("injection", {}).get("missedPods") == 2)
    found = status(cluster)
    assert [(item["kind"], item["name"], item["missedPods"]) for item in found["injection"]["workloads"]] == [
        ("Deployment", "asks", 2)
    ]
    degraded = next(item for item in found["conditions"] if item["type"] == "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "InjectionMissed")
    assert f"kubectl rollout restart deployment/asks -n {cluster.namespace}" in degraded["message"]
    eventually(lambda: events(cluster) == [("Deployment", "asks")])
    assert "otel_operator_missed_pods 2.0" in manager.page("/metrics")
    # Nobody asked for restarts.
    assert all(item["metadata"]["generation"] == 1 for item in cluster.get("deployment"))


@pytest.fixture
async def client(cluster: Any) -> AsyncIterator[KubeClient]:
    client = KubeClient(await connect(str(cluster.server.kubeconfig)))
    yield client
    await client.close()


@pytest.fixture
def neighbour(cluster: Any) -> Any:
    """Another namespace, whose annotation names the Instrumentation."""
    name = f"{cluster.namespace}-b"
    cluster.server.create_namespace(name)
    asks = f"instrumentation.opentelemetry.io/inject-python={cluster.namespace}/sdk"
    cluster.server.kubectl("annotate", "namespace", name, asks)
    yield name
    cluster.server.kubectl("delete", "namespace", name, "--wait=false")


async def test_a_look_at_the_whole_cluster_finds_what_other_namespaces_ask_for_until_it_is_made_good(
    cluster: Any, client: KubeClient, neighbour: str, eventually: Eventually
) -> None:
    key, recorder = Key(cluster.namespace, "sdk"), EventRecorder(client, "test", rate=1000)
    known = Instrumentations(client, InjectedPods(), recorder, InjectionSettings(), lambda feature, outcome: None)
    missed = MissedPods(client, known, recorder, ["python"], [None], changed=lambda key: None, pause=0)
    cluster.server.kubectl("apply", "-n", neighbour, "-f", "-", stdin=json.dumps(deployment("other", {})))
    cluster.apply(INSTRUMENTATION)
    (live,) = cluster.get("instrumentations.opentelemetry.io")
    known.observe(live)

    def there() -> bool:
        return bool(json.loads(cluster.server.kubectl("-n", neighbour, "get", "pod", "-o", "json"))["items"])

    eventually(there, 60)
    await missed.look()
    await missed.look()
    await recorder.post_all()
    assert [(one.workload.namespace, one.workload.name, one.pods) for one in known.missed[key]] == [(neighbour, "other", 1)]
    assert events(cluster, neighbour) == [("Deployment", "other")]
    # A pod that the webhook has seen since carries the label.
    cluster.server.kubectl("-n", neighbour, "label", "pod", "-l", "app=other", f"{INJECTED}=true")
    await missed.look()
    assert known.missed == {}


def test_pods_that_were_refused_for_want_of_the_instrumentation_miss_it_once_it_is_there(
    cluster: Any, manager: Any, eventually: Eventually
) -> None:
    early = deployment("early", {**ASKS, REFUSED: REFUSED_FOR_WANT_OF_IT})
    early["spec"]["template"]["metadata"]["labels"][INJECTED] = "false"
    cluster.apply(early)
    eventually(lambda: len(cluster.get("pod")) == 1, 60)
    cluster.apply(INSTRUMENTATION)
    eventually(lambda: status(cluster).get("injection", {}).get("missedPods") == 1)
    found = status(cluster)
    assert found["injection"]["refusedPods"] == 0
    degraded = next(item for item in found["conditions"] if item["type"] == "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "InjectionMissed")
    eventually(lambda: events(cluster) == [("Deployment", "early")])
