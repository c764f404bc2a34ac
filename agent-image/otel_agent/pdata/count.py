"""Counts the items of a request without decoding them; portable version, called through `otel_agent.pdata.kernel`."""

from typing import Any

from google.protobuf.message import DecodeError

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal


def parse_slim(signal: Signal, data: bytes) -> Any:
    """Decode a request down to, but not including, its items; `InvalidTelemetry` when the outer levels are malformed."""
    try:
        return LAYOUTS[signal].request.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed {signal} request: {error}") from error


def count(signal: Signal, data: bytes) -> int:
    """Spans, data points or log records in a request.

    Checks the outer levels only; `InvalidTelemetry` when those are malformed.
    """
    return count_message(signal, parse_slim(signal, data))


def count_message(signal: Signal, request: Any) -> int:
    """Count in a decoded request, slim or official: their field names agree."""
    if signal is Signal.TRACES:
        return sum([len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans])
    if signal is Signal.LOGS:
        return sum([len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs])
    return sum(
        [
            len(getattr(metric, kind).data_points)
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if (kind := metric.WhichOneof("data")) is not None
        ]
    )
