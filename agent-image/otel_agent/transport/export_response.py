"""What an OTLP peer answers to a successful export: partial success, in protobuf or JSON."""

from dataclasses import dataclass
from typing import Any

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_agent.pdata.telemetry import Signal

_RESPONSES: dict[Signal, tuple[type[Any], str, str]] = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
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
    message_type, field, key = _RESPONSES[signal]
    if is_json:
        partial = _from_json(body, key)
    else:
        try:
            found = message_type.FromString(body).partial_success
        except DecodeError as error:
            raise ValueError(f"the answer is not an {message_type.__name__}: {error}") from error
        partial = PartialSuccess(getattr(found, field), found.error_message)
    return partial if partial.rejected > 0 or partial.message else None


def _from_json(body: bytes, key: str) -> PartialSuccess:
    try:
        found = orjson.loads(body).get("partialSuccess") or {}
        return PartialSuccess(int(found.get(key, 0)), str(found.get("errorMessage", "")))
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"the answer is not JSON of an export response: {error}") from error
