"""Pod admission over caches that a test fills, beside an HTTP server that answers like an API server as far as a test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from aiohttp import web

from otel_operator.inject.digests import Digests
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.retry import ONCE
from otel_operator.kube.view import View
from otel_operator.settings import Settings
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.admission import PodAdmission, PodLimits
from otel_operator.webhook.pods.announcing import Announcer
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.lookups import Lookups
from otel_operator.webhook.pods.mutators import Mutator, mutators

CONFIG = {
    "receivers": {"otlp": {"protocols": {"grpc": {}}}},
    "exporters": {"debug": {}},
    "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
}
SIDECAR = {
    "apiVersion": "opentelemetry.io/v1beta1",
    "kind": "OpenTelemetryCollector",
    "metadata": {"name": "side", "namespace": "shop", "uid": "u-side"},
    "spec": {"mode": "sidecar", "config": CONFIG},
}


class Events:
    """Keeps what it is to post."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str, str, str, str]] = []
        self.notes: list[str] = []

    def record(self, obj: dict[str, Any], type_: str, reason: str, note: str, action: str = "Reconcile") -> None:
        self.recorded.append((obj["kind"], obj["metadata"]["name"], type_, reason, action))
        self.notes.append(note)


def fill(view: View[Any], *objects: dict[str, Any]) -> None:
    listed = view.empty()
    for obj in objects:
        listed.put(obj)
    view.replace(listed)


@pytest.fixture
async def caches() -> Caches:
    """Filled: a namespace `shop` and a sidecar collector in it."""
    caches = Caches()
    for view in caches.views():
        fill(view)
    fill(caches.namespaces, {"metadata": {"name": "shop"}})
    [collectors] = [view for view in caches.views() if view.kind.kind == "OpenTelemetryCollector"]
    fill(collectors, SIDECAR)
    return caches


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def metrics() -> WebhookMetrics:
    return WebhookMetrics()


@pytest.fixture
async def lookups(caches: Caches, server: Any, connection: Connection) -> AsyncIterator[Lookups]:
    server.answer = lambda request, body: web.json_response({"message": "nobody should ask"}, status=500)
    client = KubeClient(connection, timeout=1.0, retry=ONCE)
    yield Lookups(caches, client)
    await client.close()


@pytest.fixture
async def admission(caches: Caches, lookups: Lookups, events: Events, metrics: WebhookMetrics) -> Callable[..., PodAdmission]:
    def build(features: Sequence[Mutator] | None = None, limits: PodLimits | None = None, *, ready: bool = True) -> PodAdmission:
        opened = asyncio.Event()
        if ready:
            opened.set()
        given = mutators(Settings(), lambda: True) if features is None else features
        return PodAdmission(
            caches,
            opened,
            lookups,
            given,
            Announcer(metrics, events),
            Digests(Settings().injection.images),
            limits or PodLimits(),
        )

    return build
