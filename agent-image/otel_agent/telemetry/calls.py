"""Durations of HTTP requests and gRPC calls that the collector answers and makes, under the names of OpenTelemetry's conventions.

Shown at level detailed only, and without the `otelcol_` prefix, as in the Go collector. Every label has few values: methods and
routes are known ones, statuses are codes.
"""

from otel_agent.telemetry.metrics import Labels, Level, SelfMetrics

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds, as the conventions advise."""
_CODES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED"),
    *("RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE"),
    *("DATA_LOSS", "UNAUTHENTICATED"),
)
"""gRPC statuses by number, as the conventions spell them."""
_HTTP = {"server": "Duration of HTTP server requests.", "client": "Duration of HTTP client requests."}
_RPC = {"server": "Duration of gRPC server calls.", "client": "Duration of gRPC client calls."}
_HTTP_NAMES = {side: f"http_{side}_request_duration" for side in _HTTP}
_RPC_NAMES = {side: f"rpc_{side}_call_duration" for side in _RPC}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})


class HttpDurations:
    """`http_server_request_duration` or `http_client_request_duration`; `side` is "server" or "client"."""

    def __init__(self, metrics: SelfMetrics, side: str, labels: Labels) -> None:
        self._metrics = metrics
        self._name, self._help = _HTTP_NAMES[side], _HTTP[side]
        self._labels = labels

    def record(self, seconds: float, method: str, **labels: str) -> None:
        """Note one request."""
        known = method if method in _METHODS else "_OTHER"
        all_labels = {**self._labels, "http_request_method": known, **labels}
        histogram = self._metrics.histogram(self._name, self._help, all_labels, BOUNDS, unit="s", level=Level.DETAILED)
        histogram.record(seconds)


class RpcDurations:
    """`rpc_server_call_duration` or `rpc_client_call_duration`; `side` is "server" or "client"."""

    def __init__(self, metrics: SelfMetrics, side: str) -> None:
        self._metrics = metrics
        self._name, self._help = _RPC_NAMES[side], _RPC[side]

    def record(self, seconds: float, service: str, status: int) -> None:
        """Note one call of the service's Export method; `status` is its gRPC code."""
        code = _CODES[status] if 0 <= status < len(_CODES) else "UNKNOWN"
        labels = {"rpc_system_name": "grpc", "rpc_method": f"{service}/Export", "rpc_response_status_code": code}
        self._metrics.histogram(self._name, self._help, labels, BOUNDS, unit="s", level=Level.DETAILED).record(seconds)


def measured(metrics: SelfMetrics) -> bool:
    """Whether calls shall be measured at all."""
    return metrics.level >= Level.DETAILED
