"""What a scrape of the manager shows."""

from collections.abc import AsyncIterator

import pytest

from otel_operator.handlers.metrics import Metrics
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Configuration, Connection
from otel_operator.kube.events import EventRecorder
from otel_operator.reconcile.controller import Controller
from otel_operator.reconcile.instrumentation.controller import InstrumentationController
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import Settings


@pytest.fixture
async def client() -> AsyncIterator[KubeClient]:
    client = KubeClient(Connection(Configuration(host="http://127.0.0.1:1"), "n"))
    yield client
    await client.close()


async def test_queue_and_dropped_events_are_shown_with_their_types(client: KubeClient) -> None:
    events = EventRecorder(client, "me", capacity=1)
    controller = Controller(client, events, Settings())
    metrics = Metrics()
    connection = Connection(Configuration(host="http://127.0.0.1:1"), "n")
    instrumentations = InstrumentationController(client, connection, events, Settings())
    instrumentations.queue.add(Key("n", "sdk"))
    metrics.watch(controller, instrumentations, events)
    for name in ("a", "b"):
        controller.queue.add(Key("n", name))
        meta = {"namespace": "n", "name": name, "uid": name}
        events.record({"apiVersion": "v1", "kind": "X", "metadata": meta}, "Normal", "R", "n")
    await controller.queue.get()
    lines = metrics.text().decode().splitlines()
    assert 'workqueue_depth{name="opentelemetrycollector"} 1.0' in lines
    assert 'workqueue_depth{name="instrumentation"} 1.0' in lines
    assert "otel_operator_recorded_pods 0.0" in lines
    assert "# TYPE workqueue_adds_total counter" in lines
    assert 'workqueue_adds_total{name="opentelemetrycollector"} 2.0' in lines
    assert "otel_operator_events_dropped_total 1.0" in lines
    unfinished = next(line for line in lines if line.startswith('workqueue_unfinished_work_seconds{name="opentelemetrycoll'))
    assert float(unfinished.split()[-1]) > 0
