"""The manager's own metrics, under the names that dashboards for controller-runtime operators use."""

import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from otel_operator.kube.events import EventRecorder
from otel_operator.kube.lease import LEASE_NAME
from otel_operator.reconcile.controller import NAME, Controller

_log = logging.getLogger(__name__)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """All series of one manager, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._reconciles = Counter(
            "controller_runtime_reconcile", "Reconciles by result", ("controller", "result"), registry=self.registry
        )
        self._errors = Counter(
            "controller_runtime_reconcile_errors", "Reconciles that failed", ("controller",), registry=self.registry
        )
        self._seconds = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Duration of a reconcile",
            ("controller",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._requests = Counter(
            "rest_client_requests", "Requests to the API server by outcome", ("code", "method"), registry=self.registry
        )
        self.leading = Gauge(
            "leader_election_master_status", "1 while this process leads", ("name",), registry=self.registry
        ).labels(LEASE_NAME)
        self.leading.set(0)

    def reconciled(self, result: str, seconds: float) -> None:
        """Count a reconcile."""
        self._reconciles.labels(NAME, result).inc()
        self._seconds.labels(NAME).observe(seconds)
        if result == "error":
            self._errors.labels(NAME).inc()

    def requested(self, method: str, status: int) -> None:
        """Count a request; status 0 (no answer) is shown as client-go does."""
        self._requests.labels(str(status) if status else "<error>", method).inc()

    def watch(self, controller: Controller, events: EventRecorder) -> None:
        """Show the state of the controller's queue and of the event recorder at each scrape."""
        self.registry.register(_State(controller, events))

    def text(self) -> bytes:
        """Return the exposition, Prometheus text format."""
        return generate_latest(self.registry)


class _State(Collector):
    """Values that others keep. Read from the thread of a scrape, so each of them is one look at one thing."""

    def __init__(self, controller: Controller, events: EventRecorder) -> None:
        self._queue, self._events = controller.queue, events

    def collect(self) -> Iterator[Metric]:
        queue = self._queue
        for name, text, value in (
            ("workqueue_depth", "Keys that wait", len(queue)),
            ("workqueue_longest_running_processor_seconds", "Age of the longest reconcile under way", queue.longest_work()),
            ("workqueue_unfinished_work_seconds", "Ages of all reconciles under way together", queue.unfinished_work()),
            ("workqueue_oldest_key_seconds", "Wait of the oldest key", queue.oldest_wait()),
        ):
            gauge = GaugeMetricFamily(name, text, labels=("name",))
            gauge.add_metric((NAME,), value)
            yield gauge
        for name, text, value in (
            ("workqueue_adds", "Keys added", queue.adds),
            ("workqueue_retries", "Keys added again after a failure", queue.retries),
        ):
            counter = CounterMetricFamily(name, text, labels=("name",))
            counter.add_metric((NAME,), value)
            yield counter
        yield CounterMetricFamily("otel_operator_events_dropped", "Events given up for want of room", self._events.dropped)
