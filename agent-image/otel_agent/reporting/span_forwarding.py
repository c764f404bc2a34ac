"""Sends own spans to a destination in batches, or one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_agent.config.telemetry_readers import TelemetryProcessor
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.tracing import Span
from otel_agent.reporting.batch_queue import BatchQueue
from otel_agent.reporting.metrics_request import add_attributes
from otel_agent.telemetry.metrics import SelfMetrics

_INTERNAL, _ERROR = 1, 2


class SpanForwarder:
    """`finish` takes spans."""

    def __init__(self, config: TelemetryProcessor, metrics: SelfMetrics, resource: Mapping[str, str]) -> None:
        dropped = metrics.counter("spans_dropped", "Own spans that could not be sent.", {}, unit="{spans}")
        self._queue: BatchQueue[Span] = BatchQueue(config, Signal.TRACES, lambda spans: traces_request(spans, resource), dropped)
        self.finish = self._queue.put

    async def start(self) -> None:
        """Begin to send; `CollectorError` for settings that cannot be used."""
        await self._queue.start()

    async def stop(self) -> None:
        """Send what is queued, and end. Idempotent."""
        await self._queue.stop()


def traces_request(spans: Sequence[Span], resource: Mapping[str, str]) -> bytes:
    """Return an OTLP request with the spans."""
    request: Any = ExportTraceServiceRequest()
    block = request.resource_spans.add()
    add_attributes(block.resource.attributes, resource)
    scope = block.scope_spans.add()
    scope.scope.name = "otel_agent"
    for span in spans:
        added = scope.spans.add(name=span.name, trace_id=span.trace_id, span_id=span.span_id, parent_span_id=span.parent_id)
        added.kind, added.start_time_unix_nano, added.end_time_unix_nano = _INTERNAL, span.start, span.end
        add_attributes(added.attributes, span.attributes)
        if span.error:
            added.status.code, added.status.message = _ERROR, span.error.encode("utf-8", "replace").decode()
    data: bytes = request.SerializeToString()
    return data
