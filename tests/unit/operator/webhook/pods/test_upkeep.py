"""Readiness, the server's version, and what the metrics show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.events import EventRecorder
from otel_operator.kube.reflector import Reflector
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.native_sidecars import NativeSidecars
from otel_operator.webhook.pods.upkeep import Upkeep, UpkeepMetrics

UNCONVERTED = (
    "conversion webhook for opentelemetry.io/v1alpha1, Kind=OpenTelemetryCollector failed: "
    'Post "https://otel-operator-webhook.otel-operator-system.svc:443/convert?timeout=30s": connect: connection refused'
)


@pytest.fixture
async def upkeep(client: KubeClient, connection: Connection) -> AsyncIterator[Upkeep]:
    caches = Caches()
    async with connection.session() as session:
        reflectors = [Reflector(client, session, connection, view) for view in caches.views()]
        yield Upkeep(caches, reflectors, NativeSidecars(client), EventRecorder(client, "me"))


@asynccontextmanager
async def running(upkeep: Upkeep) -> AsyncIterator[None]:
    task = asyncio.create_task(upkeep.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


class Cluster:
    """Serves empty lists, watches that say nothing, and a version; some kinds only once `open` is set."""

    def __init__(self, *closed: str, status: int = 403, message: str = "not yet") -> None:
        self._closed, self._status, self._message = closed, status, message
        self.open = False

    def __call__(self, request: web.Request, body: Any) -> web.Response:
        if request.path == "/version":
            return web.json_response({"major": "1", "minor": "34", "gitVersion": "v1.34.4"})
        kind = request.path.rpartition("/")[2]
        if kind in self._closed and not self.open:
            return web.json_response({"message": self._message}, status=self._status)
        if "watch" in request.query:
            return web.Response()
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": [{"metadata": {"name": kind}}]})


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for arrives over a socket
            await asyncio.sleep(0.01)


async def test_readiness_waits_for_every_list_and_decisions_for_those_they_need(upkeep: Upkeep, server: Any) -> None:
    server.answer = cluster = Cluster("replicasets")
    assert "opentelemetrycollectors" in str(upkeep.not_ready())
    async with running(upkeep):
        await asyncio.wait_for(upkeep.ready.wait(), 20)
        assert upkeep.native_sidecars() is True
        await until(lambda: upkeep.not_ready() == "reading replicasets from the API server")
        cluster.open = True
        await until(lambda: upkeep.not_ready() is None)


async def test_no_decision_is_made_before_the_custom_resources_are_known(upkeep: Upkeep, server: Any) -> None:
    server.answer = Cluster("instrumentations")
    async with running(upkeep):
        await until(lambda: upkeep.not_ready() == "reading instrumentations from the API server")
        assert not upkeep.ready.is_set()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (UNCONVERTED, None),
        ("etcdserver: request timed out", "reading opentelemetrycollectors from the API server"),
    ],
)
async def test_a_replica_whose_list_waits_for_a_conversion_is_ready_to_answer_it(
    upkeep: Upkeep, server: Any, message: str, reason: str | None
) -> None:
    server.answer = cluster = Cluster("opentelemetrycollectors", status=500, message=message)
    (collectors,) = [reflector for reflector in upkeep.reflectors if reflector.view.kind.kind == "OpenTelemetryCollector"]
    async with running(upkeep):
        await until(lambda: collectors.failures)
        await until(lambda: upkeep.not_ready() == reason)
        assert not upkeep.ready.is_set()
        cluster.open = True
        await asyncio.wait_for(upkeep.ready.wait(), 20)
        await until(lambda: upkeep.not_ready() is None)


async def test_metrics_show_the_caches(upkeep: Upkeep, server: Any) -> None:
    server.answer = Cluster("replicasets")
    metrics = WebhookMetrics()
    metrics.watch(UpkeepMetrics(upkeep))
    async with running(upkeep):
        await asyncio.wait_for(upkeep.ready.wait(), 20)
        await until(lambda: 'failures_total{kind="ReplicaSet"} 0.0' not in metrics.exposition().decode())
    text = metrics.exposition().decode()
    assert 'otel_operator_cache_objects{kind="Namespace"} 1.0' in text
    assert 'otel_operator_cache_objects{kind="ReplicaSet"} 0.0' in text
    assert "otel_operator_events_dropped_total 0.0" in text


@pytest.mark.parametrize("forced", [True, False])
async def test_a_forced_placement_asks_for_no_version(client: KubeClient, server: Any, forced: bool) -> None:
    native = NativeSidecars(client, forced)
    await native.run()
    assert native() is forced
    assert native.known.is_set()
    assert server.requests == []
