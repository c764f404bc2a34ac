"""Reconciles against a small HTTP server that stores what is applied, with the news of it coming late or never."""

import copy
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.errors import OperatorError
from otel_operator.kinds import CONFIGMAP, DEPLOYMENT, SERVICE, kind_of
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Configuration, Connection
from otel_operator.kube.retry import ONCE
from otel_operator.reconcile.apply import NotYet
from otel_operator.reconcile.cache import Cache
from otel_operator.reconcile.loop import Reconciler
from otel_operator.reconcile.ownership import ChildKey, Key
from otel_operator.settings import Settings

KEY = Key("n", "x")
CONFIG = {
    "receivers": {"otlp": {"protocols": {"grpc": {}}}},
    "exporters": {"debug": {}},
    "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
}


class Store:
    """Objects by path; `refused` maps a part of a path to the status that a write to it gets."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, str]] = []
        self.refused: dict[str, int] = {}
        self.before_get: Callable[[], object] = lambda: None
        self.version = 100
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path
        if request.method == "GET":
            self.before_get()
            found = self.objects.get(path)
            return web.json_response(found if found else {"message": "not found"}, status=200 if found else 404)
        self.writes.append((request.method, path))
        for part, status in self.refused.items():
            if part in path:
                return web.json_response({"message": "refused"}, status=status)
        if request.method == "DELETE":
            return web.json_response(self.objects.pop(path, {}))
        body = await request.json()
        base, _, subresource = path.partition("/status")
        if subresource or path.endswith("/status"):
            if base not in self.objects:
                return web.json_response({"message": "not found"}, status=404)
            body = {**self.objects[base], "status": body["status"]}
        self.version += 1
        uid = self.objects.get(base, {}).get("metadata", {}).get("uid", f"uid-{self.version}")
        meta = {"uid": uid, "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"} | body["metadata"]
        self.objects[base] = {**body, "metadata": meta | {"resourceVersion": str(self.version)}}
        return web.json_response(self.objects[base])

    def put(self, obj: dict[str, Any]) -> None:
        self.objects[self.path(obj)] = copy.deepcopy(obj)

    @staticmethod
    def path(obj: dict[str, Any]) -> str:
        return kind_of(obj).path(obj["metadata"]["namespace"], obj["metadata"]["name"])

    def names(self, kind: str) -> list[str]:
        return [obj["metadata"]["name"] for obj in self.objects.values() if obj["kind"] == kind]


class Silent:
    def record(self, *args: object, **kwargs: object) -> None:
        """Say nothing."""


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", store.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    store.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield store
    await runner.cleanup()


class Bench:
    def __init__(self, client: KubeClient, store: Store) -> None:
        self.store, self.cache, self.requeued = store, Cache(), list[Key]()
        self.reconciler = Reconciler(client, self.cache, Silent(), Settings(), requeue=self.requeued.append)

    def has(self, obj: dict[str, Any]) -> None:
        self.store.put(obj)
        self.cache.observe_collector(obj)

    async def reconcile(self) -> int:
        """Return how many writes it took."""
        before = len(self.store.writes)
        await self.reconciler.reconcile(KEY)
        return len(self.store.writes) - before


@pytest.fixture
async def bench(store: Store, collector: Callable[..., dict[str, Any]]) -> AsyncIterator[Bench]:
    client = KubeClient(Connection(Configuration(host=store.url), "n"), retry=ONCE)
    bench = Bench(client, store)
    bench.has(collector(spec={"mode": "deployment", "config": CONFIG}))
    yield bench
    await client.close()


async def test_a_second_reconcile_writes_nothing(bench: Bench) -> None:
    assert await bench.reconcile() == 8
    assert await bench.reconcile() == 0


async def test_a_lost_child_is_made_anew(bench: Bench) -> None:
    await bench.reconcile()
    bench.cache.forget_child(ChildKey(SERVICE, "n", "x-collector"))
    assert await bench.reconcile() == 1


async def test_children_of_a_collector_that_is_gone_do_not_come_back(
    bench: Bench, collector: Callable[..., dict[str, Any]]
) -> None:
    await bench.reconcile()
    del bench.store.objects[Store.path(collector())]
    bench.cache.forget_child(ChildKey(SERVICE, "n", "x-collector"))
    assert await bench.reconcile() == 0
    assert KEY not in bench.cache.collectors
    assert bench.requeued == [KEY]


async def test_a_repair_follows_the_collector_on_the_server_and_not_an_older_one(
    bench: Bench, collector: Callable[..., dict[str, Any]]
) -> None:
    await bench.reconcile()
    unmanaged = {"mode": "deployment", "config": CONFIG, "managementState": "unmanaged"}
    bench.store.put(collector(metadata={"generation": 2, "resourceVersion": "900"}, spec=unmanaged))
    bench.cache.forget_child(ChildKey(SERVICE, "n", "x-collector"))
    assert await bench.reconcile() == 0
    assert await bench.reconcile() == 0


async def test_a_child_that_goes_while_it_is_to_be_pruned_is_no_error(bench: Bench, child: Callable[..., dict[str, Any]]) -> None:
    stray = ChildKey(DEPLOYMENT, "n", "old")
    bench.cache.observe_child(stray, child("Deployment", "old"))
    bench.store.before_get = lambda: bench.cache.forget_child(stray)
    await bench.reconcile()
    assert ("DELETE", DEPLOYMENT.path("n", "old")) not in bench.store.writes


async def test_an_unwanted_child_is_pruned(bench: Bench, child: Callable[..., dict[str, Any]]) -> None:
    bench.cache.observe_child(ChildKey(DEPLOYMENT, "n", "old"), child("Deployment", "old"))
    await bench.reconcile()
    assert ("DELETE", DEPLOYMENT.path("n", "old")) in bench.store.writes


async def test_a_workload_is_not_rolled_without_its_configuration(bench: Bench) -> None:
    bench.store.refused = {CONFIGMAP.path("n"): 413}
    with pytest.raises(OperatorError, match="refused"):
        await bench.reconcile()
    assert bench.store.names("Deployment") == []
    assert "x-collector" in bench.store.names("Service")
    (status,) = [obj["status"] for obj in bench.store.objects.values() if obj["kind"] == "OpenTelemetryCollector"]
    assert next(c["status"] for c in status["conditions"] if c["type"] == "Ready") == "False"


async def test_a_race_with_another_program_is_bounded(bench: Bench) -> None:
    await bench.reconcile()
    for _ in range(20):
        bench.cache.forget_child(ChildKey(SERVICE, "n", "x-collector"))
        assert await bench.reconcile() == 1
    bench.cache.forget_child(ChildKey(SERVICE, "n", "x-collector"))
    with pytest.raises(NotYet, match="another program") as race:
        await bench.reconcile()
    assert race.value.after is not None
    assert 0 < race.value.after <= 3
