"""Counts what could not be sent, by what was wrong where the level of detail asks for it."""

from otel_agent.config.component import ComponentId
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import ConsumeError, PermanentError
from otel_agent.telemetry.metrics import ITEM_NAMES, ITEM_UNITS, ITEM_WORDS, Level, SelfMetrics
from otel_agent.transport.status_codes import GrpcCode

_OTHER = "_OTHER"
"""OpenTelemetry's name for an error without a type of its own."""
_CODES = frozenset(int(code) for code in GrpcCode)


class FailureCounters:
    """`exporter_send_failed_…` of one exporter and signal. The types are gRPC status codes, so there are few."""

    def __init__(self, metrics: SelfMetrics, exporter: ComponentId, signal: Signal) -> None:
        self._metrics = metrics
        self._exporter = exporter
        self._signal = signal

    def add(self, items: int, error: ConsumeError) -> None:
        """Count items that were given up for `error`."""
        labels = {"exporter": str(self._exporter)}
        if self._metrics.level >= Level.DETAILED:
            labels |= {"error_type": error_type(error), "error_permanent": str(isinstance(error, PermanentError)).lower()}
        name = ITEM_NAMES[self._signal]
        text, unit = f"Number of {ITEM_WORDS[self._signal]} that could not be sent.", ITEM_UNITS[self._signal]
        self._metrics.counter(f"exporter_send_failed_{name}", text, labels, unit=unit).add(items)


def error_type(error: ConsumeError) -> str:
    """Name of the status code that an error carries, such as Unavailable."""
    if error.grpc_code not in _CODES:
        return _OTHER
    return "".join(word.title() for word in GrpcCode(error.grpc_code).name.split("_"))
