"""Durations of HTTP requests and gRPC calls that the collector answers and makes, under the names of OpenTelemetry's conventions.

Shown at level detailed only, and without the `otelcol_` prefix, as in the Go collector. Every label has few values: methods and
routes are known ones, statuses are codes.
"""

from otel_agent.telemetry.metrics import Labels, Level, SelfMetrics

HTTP_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds, as the conventions advise."""
RPC_BOUNDS = (0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0)
"""Milliseconds."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})


class HttpDurations:
    """`http_server_request_duration` or `http_client_request_duration`; `side` is "server" or "client"."""

    def __init__(self, metrics: SelfMetrics, side: str, labels: Labels) -> None:
        self._metrics = metrics
        self._name = f"http_{side}_request_duration"
        self._help = f"Duration of HTTP {side} requests."
        self._labels = labels

    def record(self, seconds: float, method: str, **labels: str) -> None:
        """Note one request."""
        known = method if method in _METHODS else "_OTHER"
        all_labels = {**self._labels, "http_request_method": known, **labels}
        histogram = self._metrics.histogram(self._name, self._help, all_labels, HTTP_BOUNDS, unit="s", level=Level.DETAILED)
        histogram.record(seconds)


class RpcDurations:
    """`rpc_server_duration` or `rpc_client_duration`; `side` is "server" or "client"."""

    def __init__(self, metrics: SelfMetrics, side: str) -> None:
        self._metrics = metrics
        self._name = f"rpc_{side}_duration"
        self._help = f"Duration of gRPC {side} calls."

    def record(self, seconds: float, service: str, status: int) -> None:
        """Note one call of the service's Export method; `status` is its gRPC code."""
        labels = {"rpc_system": "grpc", "rpc_service": service, "rpc_method": "Export", "rpc_grpc_status_code": str(status)}
        histogram = self._metrics.histogram(self._name, self._help, labels, RPC_BOUNDS, unit="ms", level=Level.DETAILED)
        histogram.record(seconds * 1000)


def measured(metrics: SelfMetrics) -> bool:
    """Whether calls shall be measured at all."""
    return metrics.level >= Level.DETAILED
