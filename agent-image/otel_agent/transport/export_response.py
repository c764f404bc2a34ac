"""What an OTLP peer answers to a successful export: partial success, in protobuf or JSON."""

from dataclasses import dataclass
from typing import Any

import orjson

from otel_agent.pdata.telemetry import Signal

_FIELDS = {
    Signal.TRACES: ("rejected_spans", "rejectedSpans"),
    Signal.METRICS: ("rejected_data_points", "rejectedDataPoints"),
    Signal.LOGS: ("rejected_log_records", "rejectedLogRecords"),
}


@dataclass(frozen=True, slots=True)
class PartialSuccess:
    """What the peer did not take, or what it wants to say; trying again is forbidden."""

    rejected: int
    message: str


def parse_response(signal: Signal, body: bytes, *, is_json: bool = False) -> PartialSuccess | None:
    """Return the partial success of an answer, None when all was taken; ValueError when the answer is not one."""
    if not body:
        return None
    field, key = _FIELDS[signal]
    partial = _from_json(body, key) if is_json else _from_protobuf(_message_type(signal), body, field)
    return partial if partial.rejected > 0 or partial.message else None


def _message_type(signal: Signal) -> type[Any]:
    """Load the classes now: most peers answer nothing, and a collector that meets no others saves 3 MB."""
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    responses = {
        Signal.TRACES: ExportTraceServiceResponse,
        Signal.METRICS: ExportMetricsServiceResponse,
        Signal.LOGS: ExportLogsServiceResponse,
    }
    return responses[signal]


def _from_protobuf(message_type: type[Any], body: bytes, field: str) -> PartialSuccess:
    from google.protobuf.message import DecodeError

    try:
        found = message_type.FromString(body).partial_success
    except DecodeError as error:
        raise ValueError(f"the answer is not an {message_type.__name__}: {error}") from error
    return PartialSuccess(getattr(found, field), found.error_message)


def _from_json(body: bytes, key: str) -> PartialSuccess:
    try:
        found = orjson.loads(body).get("partialSuccess") or {}
        return PartialSuccess(int(found.get(key, 0)), str(found.get("errorMessage", "")))
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"the answer is not JSON of an export response: {error}") from error
