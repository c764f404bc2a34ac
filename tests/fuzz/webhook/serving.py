"""The pod webhook's handlers in a process of their own, as the program serves them, but for TLS and an API server.

`python -m tests.fuzz.webhook.serving PORT NOBODY`: caches are filled here, and what they do not have is asked for at port NOBODY,
where nobody listens, so that every look-up fails as it does while the API server is away.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from random import Random
from typing import Any

from aiohttp import web
from kubernetes.aio.client.configuration import Configuration

from otel_operator.inject.digests import Digests
from otel_operator.kinds import COLLECTOR, INSTRUMENTATION
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.events import EventRecorder
from otel_operator.kube.retry import ONCE
from otel_operator.resources.install.names import MUTATE_POD
from otel_operator.settings import Settings
from otel_operator.webhook.endpoints import Limits, application
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.admission import PodAdmission, PodLimits
from otel_operator.webhook.pods.announcing import Announcer
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.lookups import Lookups
from otel_operator.webhook.pods.mutators import mutators
from tests.fuzz.webhook.mutants import NAMESPACE
from tests.injection.generator import generated_cluster
from tests.injection.subjects import EVERYTHING_ON

SIDECAR = {
    "metadata": {"name": "side", "namespace": NAMESPACE, "uid": "u-side"},
    "spec": {
        "mode": "sidecar",
        "config": {
            "receivers": {"otlp": {"protocols": {"grpc": {}}}},
            "exporters": {"debug": {}},
            "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
        },
    },
}


def filled() -> Caches:
    """Return caches with one namespace, a sidecar collector and the generator's Instrumentations."""
    instrumentations = generated_cluster(Random(0), NAMESPACE).instrumentations(NAMESPACE)
    kinds: dict[str, Iterable[dict[str, Any]]] = {COLLECTOR.kind: [SIDECAR], INSTRUMENTATION.kind: instrumentations}
    caches = Caches()
    for view in caches.views():
        listed = view.empty()
        for obj in [{"metadata": {"name": NAMESPACE}}] if view is caches.namespaces else kinds.get(view.kind.kind, ()):
            listed.put(obj)
        view.replace(listed)
    return caches


async def serve(port: int, nobody: int) -> None:
    """Serve until the process is ended."""
    caches, metrics, ready = filled(), WebhookMetrics(), asyncio.Event()
    ready.set()
    client = KubeClient(Connection(Configuration(host=f"http://127.0.0.1:{nobody}"), "operator"), timeout=1.0, retry=ONCE)
    settings = Settings(injection=EVERYTHING_ON)
    handler = PodAdmission(
        caches,
        ready,
        Lookups(caches, client),
        mutators(settings, lambda: True),
        Announcer(metrics, EventRecorder(client, "fuzz")),
        Digests(settings.injection.images),
        PodLimits(settle_seconds=0),
    )
    runner = web.AppRunner(application({MUTATE_POD: handler}, metrics, Limits()), access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        await client.close()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:3])))
