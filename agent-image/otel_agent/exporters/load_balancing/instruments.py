"""Self-metrics of the load-balancing exporter, named as in Go (collector specification, 6.6)."""

from otel_agent.pipeline.seat import Seat
from otel_agent.telemetry.instruments import Counter, Histogram
from otel_agent.telemetry.metrics import SelfMetrics

_LATENCY_BOUNDS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class ResolverInstruments:
    """What a resolver finds."""

    def __init__(self, metrics: SelfMetrics, resolver: str, seat: Seat) -> None:
        self._metrics = metrics
        labels = {"resolver": resolver}
        self._labels = labels
        self._seat = seat
        self._backends = metrics.gauge(
            "loadbalancer_num_backends", "Current number of backends in use.", labels, unit="{backends}"
        )
        self._updates = metrics.counter(
            "loadbalancer_num_backend_updates", "Number of times the list of backends was updated.", labels, unit="{updates}"
        )

    def updated(self, backends: int) -> None:
        """Count a change of the set and show its size; workers find the same, so only the first one shows it."""
        self._updates.add()
        if self._seat.number == 0:
            self._backends.set(backends)

    def resolved(self, *, success: bool) -> None:
        """Count a resolution."""
        labels = {**self._labels, "success": str(success).lower()}
        text = "Number of times the resolver has triggered new resolutions."
        self._metrics.counter("loadbalancer_num_resolutions", text, labels, unit="{resolutions}").add()


class BackendInstruments:
    """How one backend takes what it is given."""

    def __init__(self, metrics: SelfMetrics, endpoint: str) -> None:
        labels = {"endpoint": endpoint}
        self._latency: Histogram = metrics.histogram(
            "loadbalancer_backend_latency", "Response latency in ms for the backends.", labels, _LATENCY_BOUNDS, unit="ms"
        )
        self._taken, self._refused = (_outcome(metrics, labels, success) for success in ("true", "false"))

    def record(self, seconds: float, *, success: bool) -> None:
        """Count one request."""
        self._latency.record(round(seconds * 1000))
        (self._taken if success else self._refused).add()


def _outcome(metrics: SelfMetrics, labels: dict[str, str], success: str) -> Counter:
    text = "Number of successes and failures for each endpoint."
    return metrics.counter("loadbalancer_backend_outcome", text, {**labels, "success": success}, unit="{outcomes}")
