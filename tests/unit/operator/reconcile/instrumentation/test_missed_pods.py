"""What is asked of the API server to find pods that missed their injection, and what is said of what was found."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.kube.client import KubeClient
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed_pods import MissedPods
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings

Builder = Callable[..., dict[str, Any]]
JsonObject = dict[str, Any]
SDK = Key("apps", "sdk")
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}


def pod(name: str, *, agent: bool = False, **metadata: Any) -> JsonObject:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d4f", "uid": "uid-web-5d4f", "controller": True}
    found = {"name": name, "namespace": "apps", "uid": f"uid-{name}", "labels": {"pod-template-hash": "5d4f"}}
    init = [{"name": "opentelemetry-auto-instrumentation-python"}] if agent else []
    return {
        "metadata": {**found, "annotations": ASKS, "ownerReferences": [owner], **metadata},
        "spec": {"containers": [{"name": "app"}], "initContainers": init},
    }


class Scene:
    """An API server with pods of the namespace apps, and the looks at it."""

    def __init__(self, server: Any, client: KubeClient, instrumentation: Builder) -> None:
        self.server, self.pods, self.refused = server, {"web-1": pod("web-1"), "web-2": pod("web-2")}, False
        self.namespace: JsonObject = {"metadata": {"name": "apps"}}
        self.events: list[tuple[str, str, str]] = []
        self.changed: list[Key] = []
        self.told = asyncio.Event()
        server.answer = self.answer
        self.all = Instrumentations(client, InjectedPods(), self, InjectionSettings(), lambda feature, outcome: None)
        self.all.observe(instrumentation())
        self.missed = MissedPods(
            client, self.all, self, InjectionSettings().enabled_languages, [None], changed=self.changed.append, pause=0
        )

    def record(self, obj: JsonObject, type_: str, reason: str, note: str, action: str = "Reconcile") -> None:
        self.events.append((obj["kind"], obj["metadata"]["uid"], reason))
        self.told.set()

    def answer(self, request: web.Request, body: Any) -> web.Response:
        if self.refused:
            return web.json_response({"reason": "Forbidden", "message": "no"}, status=403)
        if request.path == "/api/v1/pods":
            return web.json_response({"items": [{"metadata": item["metadata"]} for item in self.pods.values()]})
        if request.path.startswith("/api/v1/namespaces/apps/pods/"):
            found = self.pods.get(request.path.rpartition("/")[2])
            return web.json_response(found or {}, status=200 if found else 404)
        if request.path == "/api/v1/namespaces/apps":
            return web.json_response(self.namespace)
        if request.path.endswith("/deployments/web"):
            return web.json_response({"metadata": {"namespace": "apps", "name": "web", "uid": "uid-web"}})
        return web.json_response({"reason": "NotFound"}, status=404)

    async def look(self) -> list[str]:
        """Look once; return the paths that were asked for."""
        self.server.requests.clear()
        await self.missed.look()
        return [path.partition("?")[0] for _, path, _ in self.server.requests]

    @property
    def counts(self) -> list[tuple[str, int]]:
        return [(one.workload.name, one.pods) for one in self.all.missed.get(SDK, ())]


@pytest.fixture
async def scene(server: Any, client: KubeClient, instrumentation: Builder) -> Scene:
    return Scene(server, client, instrumentation)


async def test_a_workload_is_told_of_once_and_the_status_whenever_it_changes(scene: Scene) -> None:
    await scene.look()
    assert (scene.counts, scene.changed) == ([("web", 2)], [SDK])
    assert scene.events == [("Deployment", "uid-web", "InjectionMissed")]
    paths = await scene.look()
    # Pods as before: neither a spec is read again nor anything told.
    assert paths == ["/api/v1/pods", "/api/v1/namespaces/apps"]
    assert (len(scene.events), scene.changed) == (1, [SDK])
    scene.pods["web-3"] = pod("web-3")
    await scene.look()
    assert (scene.counts, scene.changed, len(scene.events)) == ([("web", 3)], [SDK, SDK], 1)
    scene.pods.clear()
    await scene.look()
    assert (scene.counts, len(scene.missed)) == ([], 0)
    scene.pods["web-4"] = pod("web-4")
    await scene.look()
    assert (scene.counts, len(scene.events)) == ([("web", 1)], 2)


async def test_only_metadata_of_pods_that_got_nothing_is_listed(scene: Scene) -> None:
    await scene.look()
    _, path, _ = scene.server.requests[0]
    assert "labelSelector=injection.opentelemetry.io/injected!%3Dtrue&" in path
    assert "fieldSelector=status.phase!%3DSucceeded" in path
    assert "as=PartialObjectMetadataList" in scene.server.headers[0]["Accept"]


async def test_nothing_is_listed_without_instrumentations(scene: Scene) -> None:
    await scene.look()
    scene.all.forget(SDK)
    assert await scene.look() == []
    assert scene.counts == []


async def test_pods_that_another_operator_has_injected_miss_nothing(scene: Scene) -> None:
    scene.pods = {"web-1": pod("web-1", agent=True)}
    await scene.look()
    assert (scene.counts, scene.events) == ([], [])


async def test_what_a_namespace_asks_for_counts(scene: Scene) -> None:
    scene.pods = {"web-1": pod("web-1", annotations={})}
    await scene.look()
    assert scene.counts == []
    scene.namespace["metadata"]["annotations"] = ASKS
    await scene.look()
    assert scene.counts == [("web", 1)]


async def test_what_was_seen_stays_while_the_server_refuses(scene: Scene) -> None:
    await scene.look()
    scene.refused = True
    await scene.look()
    assert scene.counts == [("web", 2)]


async def test_specs_of_more_pods_than_a_look_may_read_are_read_by_the_next(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_operator.reconcile.instrumentation.missed_pods._MOST_READ", 2)
    scene.pods = {name: pod(name, ownerReferences=[]) for name in ("a", "b", "c")}
    await scene.look()
    assert (scene.counts, scene.missed.left_out) == ([("a", 1), ("b", 1)], 1)
    await scene.look()
    assert (scene.counts, scene.missed.left_out) == ([("a", 1), ("b", 1), ("c", 1)], 0)


async def test_more_pods_than_are_looked_at_are_said_to_be_left_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_operator.reconcile.instrumentation.missed_pods._MOST_PODS", 2)
    await scene.look()
    assert (scene.counts, scene.missed.left_out) == ([("web", 2)], 1)


async def test_an_instrumentation_that_is_new_does_not_wait_for_the_period(
    scene: Scene, instrumentation: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_operator.reconcile.instrumentation.missed_pods._SETTLE", 0.0)
    task = asyncio.create_task(scene.missed.run(period=3600))
    async with asyncio.timeout(20):
        await scene.told.wait()
    scene.told.clear()
    scene.all.observe(instrumentation("java"))
    scene.pods = {"web-1": pod("web-1", annotations={"instrumentation.opentelemetry.io/inject-java": "java"})}
    scene.missed.consider(Key("apps", "java"))
    async with asyncio.timeout(20):
        await scene.told.wait()
    task.cancel()
    assert [one.pods for one in scene.all.missed[Key("apps", "java")]] == [1]
