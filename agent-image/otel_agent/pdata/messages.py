"""The official OTLP request classes by signal, for work that needs every field (design decision D9, depth 3)."""

from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal

REQUESTS: dict[Signal, type[Any]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}


def parse(signal: Signal, data: bytes) -> Any:
    """Decode a request in full; `InvalidTelemetry` when it is malformed anywhere."""
    try:
        return REQUESTS[signal].FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed {signal} request: {error}") from error
