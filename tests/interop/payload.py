"""One request for each signal in which every field that OTLP 1 has is set, and large ones.

Resource, scope and status are there even where they are empty: Go always writes them.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import SEVERITY_NUMBER_WARN, LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tests.interop.arrivals import Signal

PADDING = 50_000
"""Characters of a resource attribute that a sender who compresses makes small."""
TRACE, SPAN = bytes(range(1, 17)), bytes(range(1, 9))
TIME = 1_700_000_000_123_456_789


def full(signal: Signal, marker: str) -> Message:
    """Return the request with everything in it; its resource says `marker`."""
    resource = Resource(attributes=[*_attributes(), _text("marker", marker), _text("padding", "x" * PADDING)])
    resource.dropped_attributes_count = 3
    scope = InstrumentationScope(name="scope", version="1.2", attributes=[_text("of", "scope")], dropped_attributes_count=1)
    match signal:
        case "traces":
            spans = ScopeSpans(scope=scope, schema_url="urn:scope:1", spans=[_span(), Span(name="plain", status=Status())])
            return ExportTraceServiceRequest(
                resource_spans=[ResourceSpans(resource=resource, schema_url="urn:resource:1", scope_spans=[spans])]
            )
        case "metrics":
            told = metrics.ScopeMetrics(scope=scope, schema_url="urn:scope:1", metrics=_metrics())
            return ExportMetricsServiceRequest(
                resource_metrics=[metrics.ResourceMetrics(resource=resource, schema_url="urn:resource:1", scope_metrics=[told])]
            )
        case "logs":
            records = ScopeLogs(scope=scope, schema_url="urn:scope:1", log_records=_log_records())
            return ExportLogsServiceRequest(
                resource_logs=[ResourceLogs(resource=resource, schema_url="urn:resource:1", scope_logs=[records])]
            )


def large(items: int) -> ExportLogsServiceRequest:
    """Return log records that are numbered from 0."""
    records = [LogRecord(time_unix_nano=TIME + number, body=AnyValue(string_value=f"{number:0100}")) for number in range(items)]
    scope = ScopeLogs(scope=InstrumentationScope(), log_records=records)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=Resource(), scope_logs=[scope])])


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _attributes() -> list[KeyValue]:
    values = {
        "text": AnyValue(string_value='Grüße, 世界 "quoted"\n\x00'),
        "empty": AnyValue(string_value=""),
        "unset": AnyValue(),
        "yes": AnyValue(bool_value=True),
        "no": AnyValue(bool_value=False),
        "least": AnyValue(int_value=-(2**63)),
        "most": AnyValue(int_value=2**63 - 1),
        "double": AnyValue(double_value=0.1),
        "whole": AnyValue(double_value=2.0),
        "bytes": AnyValue(bytes_value=b"\x00\xff\x80"),
        "array": AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue(string_value="two")])),
        "map": AnyValue(kvlist_value=KeyValueList(values=[_text("key", "value")])),
    }
    return [KeyValue(key=key, value=value) for key, value in values.items()]


def _span() -> Span:
    return Span(
        trace_id=TRACE,
        span_id=SPAN,
        trace_state="vendor=1",
        parent_span_id=SPAN[::-1],
        flags=0x301,
        name="full",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=TIME,
        end_time_unix_nano=TIME + 1,
        attributes=_attributes(),
        dropped_attributes_count=1,
        events=[Span.Event(time_unix_nano=TIME, name="event", attributes=[_text("a", "b")], dropped_attributes_count=4)],
        dropped_events_count=2,
        links=[
            Span.Link(
                trace_id=TRACE,
                span_id=SPAN,
                trace_state="vendor=2",
                attributes=[_text("a", "b")],
                dropped_attributes_count=5,
                flags=0x101,
            )
        ],
        dropped_links_count=3,
        status=Status(message="declined", code=Status.STATUS_CODE_ERROR),
    )


def _metrics() -> list[metrics.Metric]:
    exemplar = metrics.Exemplar(
        filtered_attributes=[_text("a", "b")], time_unix_nano=TIME, as_double=0.5, span_id=SPAN, trace_id=TRACE
    )
    times: dict[str, Any] = {"start_time_unix_nano": TIME, "time_unix_nano": TIME + 1}
    attributes = _attributes()
    numbers = [
        metrics.NumberDataPoint(attributes=attributes, as_int=-5, exemplars=[exemplar], **times),
        metrics.NumberDataPoint(as_double=0.1, flags=0, **times),
        metrics.NumberDataPoint(flags=1, **times),
    ]
    histogram = metrics.HistogramDataPoint(
        attributes=attributes,
        count=6,
        sum=12.5,
        bucket_counts=[1, 2, 3],
        explicit_bounds=[0.5, 10.0],
        exemplars=[exemplar],
        min=0.25,
        max=11.0,
        **times,
    )
    buckets = metrics.ExponentialHistogramDataPoint.Buckets(offset=-3, bucket_counts=[1, 0, 2])
    exponential = metrics.ExponentialHistogramDataPoint(
        attributes=attributes,
        count=7,
        sum=3.5,
        scale=-2,
        zero_count=1,
        positive=buckets,
        negative=buckets,
        exemplars=[exemplar],
        min=-4.0,
        max=4.0,
        zero_threshold=1e-6,
        **times,
    )
    quantiles = [metrics.SummaryDataPoint.ValueAtQuantile(quantile=0.5, value=1.5)]
    summary = metrics.SummaryDataPoint(attributes=attributes, count=2, sum=3.0, quantile_values=quantiles, **times)
    delta, cumulative = metrics.AGGREGATION_TEMPORALITY_DELTA, metrics.AGGREGATION_TEMPORALITY_CUMULATIVE
    about: dict[str, Any] = {"description": "Everything", "unit": "By", "metadata": [_text("of", "metric")]}
    return [
        metrics.Metric(name="gauge", gauge=metrics.Gauge(data_points=numbers), **about),
        metrics.Metric(
            name="sum", sum=metrics.Sum(data_points=numbers, aggregation_temporality=cumulative, is_monotonic=True), **about
        ),
        metrics.Metric(
            name="histogram", histogram=metrics.Histogram(data_points=[histogram], aggregation_temporality=delta), **about
        ),
        metrics.Metric(
            name="exponential",
            exponential_histogram=metrics.ExponentialHistogram(data_points=[exponential], aggregation_temporality=delta),
            **about,
        ),
        metrics.Metric(name="summary", summary=metrics.Summary(data_points=[summary]), **about),
    ]


def _log_records() -> list[LogRecord]:
    record = LogRecord(
        time_unix_nano=TIME,
        observed_time_unix_nano=TIME + 1,
        severity_number=SEVERITY_NUMBER_WARN,
        severity_text="WARN",
        body=AnyValue(kvlist_value=KeyValueList(values=_attributes())),
        attributes=_attributes(),
        dropped_attributes_count=2,
        flags=1,
        trace_id=TRACE,
        span_id=SPAN,
        event_name="event",
    )
    return [record, LogRecord(body=AnyValue(bytes_value=b"\x00\xff")), LogRecord(body=AnyValue(array_value=ArrayValue()))]
