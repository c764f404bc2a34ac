"""The manager's own metrics, under the names that dashboards for controller-runtime operators use."""

import logging
from collections.abc import Iterator
from operator import attrgetter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from otel_operator.kube.events import EventRecorder
from otel_operator.kube.lease import LEASE_NAME
from otel_operator.reconcile.controller import NAME, Controller
from otel_operator.reconcile.instrumentation.controller import NAME as INSTRUMENTATION
from otel_operator.reconcile.instrumentation.controller import InstrumentationController
from otel_operator.reconcile.workqueue import WorkQueue

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
        self._upgrades = Counter(
            "otel_operator_instrumentation_upgrades",
            "Default images of Instrumentations that were upgraded, must not be, or could not be",
            ("feature", "outcome"),
            registry=self.registry,
        )
        self._restarts = Counter(
            "otel_operator_injection_restarts",
            "Workloads restarted so that their pods get today's injection",
            ("reason",),
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
        """Count a reconcile of a collector."""
        self._count(NAME, result, seconds)

    def reconciled_instrumentation(self, result: str, seconds: float) -> None:
        """Count a reconcile of an Instrumentation."""
        self._count(INSTRUMENTATION, result, seconds)

    def upgraded(self, feature: str, outcome: str) -> None:
        """Count what became of a default image: changed, blocked or failed."""
        self._upgrades.labels(feature, outcome).inc()

    def restarted(self, reason: str) -> None:
        """Count a restart: Outdated or Missed."""
        self._restarts.labels(reason).inc()

    def _count(self, controller: str, result: str, seconds: float) -> None:
        self._reconciles.labels(controller, result).inc()
        self._seconds.labels(controller).observe(seconds)
        if result == "error":
            self._errors.labels(controller).inc()

    def requested(self, method: str, status: int) -> None:
        """Count a request; status 0 (no answer) is shown as client-go does."""
        self._requests.labels(str(status) if status else "<error>", method).inc()

    def watch(self, collectors: Controller, instrumentations: InstrumentationController, events: EventRecorder) -> None:
        """Show the state of the controllers' queues and of the event recorder at each scrape."""
        self.registry.register(_State(collectors, instrumentations, events))

    def text(self) -> bytes:
        """Return the exposition, Prometheus text format."""
        return generate_latest(self.registry)


class _State(Collector):
    """Values that others keep. Read from the thread of a scrape, so each of them is one look at one thing."""

    def __init__(self, collectors: Controller, instrumentations: InstrumentationController, events: EventRecorder) -> None:
        self._queues = {NAME: collectors.queue, INSTRUMENTATION: instrumentations.queue}
        self._pods, self._events, self._missed = instrumentations.pods, events, instrumentations.missed

    def collect(self) -> Iterator[Metric]:
        for name, text, value in (
            ("workqueue_depth", "Keys that wait", len),
            ("workqueue_longest_running_processor_seconds", "Age of the longest reconcile under way", WorkQueue.longest_work),
            ("workqueue_unfinished_work_seconds", "Ages of all reconciles under way together", WorkQueue.unfinished_work),
            ("workqueue_oldest_key_seconds", "Wait of the oldest key", WorkQueue.oldest_wait),
        ):
            gauge = GaugeMetricFamily(name, text, labels=("name",))
            for queue_name, queue in self._queues.items():
                gauge.add_metric((queue_name,), value(queue))
            yield gauge
        for name, text, count in (
            ("workqueue_adds", "Keys added", attrgetter("adds")),
            ("workqueue_retries", "Keys added again after a failure", attrgetter("retries")),
        ):
            counter = CounterMetricFamily(name, text, labels=("name",))
            for queue_name, queue in self._queues.items():
                counter.add_metric((queue_name,), count(queue))
            yield counter
        yield GaugeMetricFamily("otel_operator_recorded_pods", "Pods that tell what was injected or refused", len(self._pods))
        yield GaugeMetricFamily("otel_operator_recorded_pods_left_out", "News of such pods for want of room", self._pods.left_out)
        yield GaugeMetricFamily(
            "otel_operator_missed_pods", "Pods that ask for an Instrumentation and run without", len(self._missed)
        )
        yield GaugeMetricFamily(
            "otel_operator_missed_pods_left_out", "Pods that were not looked at for that, for want of room", self._missed.left_out
        )
        yield CounterMetricFamily("otel_operator_events_dropped", "Events given up for want of room", self._events.dropped)
