"""`verbosity: detailed`: every field, in blocks of lines."""

from collections.abc import Iterator
from typing import Any

from otel_agent.exporters.debug.detailed_metrics import metric_lines
from otel_agent.exporters.debug.values import NESTED, attribute_lines, timestamp, typed
from otel_agent.pdata.telemetry import Signal

_LABEL_WIDTH = 15


def lines(signal: Signal, request: Any) -> Iterator[str]:
    """Lines for a decoded request."""
    suffix, title = {Signal.TRACES: ("spans", "Spans"), Signal.METRICS: ("metrics", "Metrics"), Signal.LOGS: ("logs", "Log")}[
        signal
    ]
    scopes = "ScopeLogs" if signal is Signal.LOGS else f"Scope{title}"
    for index, resource in enumerate(getattr(request, f"resource_{suffix}")):
        yield f"Resource{title} #{index}"
        yield f"Resource SchemaURL: {resource.schema_url}"
        yield from attribute_lines("Resource attributes:", resource.resource.attributes)
        for number, scope in enumerate(getattr(resource, f"scope_{suffix}")):
            yield f"{scopes} #{number}"
            yield f"{scopes} SchemaURL: {scope.schema_url}"
            yield f"InstrumentationScope {scope.scope.name} {scope.scope.version}"
            yield from attribute_lines("InstrumentationScope attributes:", scope.scope.attributes)
            yield from _ITEMS[signal](scope)


def _label(name: str, value: object) -> str:
    return f"    {name:<{_LABEL_WIDTH}}: {value}"


def _spans(scope: Any) -> Iterator[str]:
    for index, span in enumerate(scope.spans):
        yield f"Span #{index}"
        yield _label("Trace ID", span.trace_id.hex())
        yield _label("Parent ID", span.parent_span_id.hex())
        yield _label("ID", span.span_id.hex())
        yield _label("Name", span.name)
        yield _label("Kind", _enum_name(span, "kind", "SPAN_KIND_"))
        if span.trace_state:
            yield _label("TraceState", span.trace_state)
        yield _label("Start time", timestamp(span.start_time_unix_nano))
        yield _label("End time", timestamp(span.end_time_unix_nano))
        yield _label("Status code", _enum_name(span.status, "code", "STATUS_CODE_"))
        yield _label("Status message", span.status.message)
        for name in ("attributes", "events", "links"):
            if dropped := getattr(span, f"dropped_{name}_count"):
                yield _label(f"Dropped{name.capitalize()}Count", dropped)
        yield from attribute_lines("Attributes:", span.attributes)
        yield from _events(span.events)
        yield from _links(span.links)


def _events(events: Any) -> Iterator[str]:
    if events:
        yield "Events:"
    for index, event in enumerate(events):
        yield f"SpanEvent #{index}"
        yield f"     -> Name: {event.name}"
        yield f"     -> Timestamp: {timestamp(event.time_unix_nano)}"
        yield from _end(event)


def _links(links: Any) -> Iterator[str]:
    if links:
        yield "Links:"
    for index, link in enumerate(links):
        yield f"SpanLink #{index}"
        yield f"     -> Trace ID: {link.trace_id.hex()}"
        yield f"     -> ID: {link.span_id.hex()}"
        yield f"     -> TraceState: {link.trace_state}"
        yield from _end(link)


def _end(part: Any) -> Iterator[str]:
    """Write what events and links of a span end with."""
    yield f"     -> DroppedAttributesCount: {part.dropped_attributes_count}"
    yield from attribute_lines("     -> Attributes::", part.attributes, NESTED)


def _logs(scope: Any) -> Iterator[str]:
    for index, record in enumerate(scope.log_records):
        yield f"LogRecord #{index}"
        yield f"ObservedTimestamp: {timestamp(record.observed_time_unix_nano)}"
        yield f"Timestamp: {timestamp(record.time_unix_nano)}"
        yield f"SeverityText: {record.severity_text}"
        yield f"SeverityNumber: {_severity(record)}({record.severity_number})"
        if record.event_name:
            yield f"EventName: {record.event_name}"
        yield f"Body: {typed(record.body)}"
        yield from attribute_lines("Attributes:", record.attributes)
        yield f"Trace ID: {record.trace_id.hex()}"
        yield f"Span ID: {record.span_id.hex()}"
        yield f"Flags: {record.flags}"


def _metrics(scope: Any) -> Iterator[str]:
    for index, metric in enumerate(scope.metrics):
        yield f"Metric #{index}"
        yield from metric_lines(metric)


def _severity(record: Any) -> str:
    """`Info`, `Info2`, `Unspecified`."""
    return _enum_name(record, "severity_number", "SEVERITY_NUMBER_")


def _enum_name(message: Any, field: str, prefix: str) -> str:
    """Return an enum value as Go prints it (`Server`, `Unset`), or its number when it is unknown."""
    number = getattr(message, field)
    known = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(number)
    return str(number) if known is None else known.name.removeprefix(prefix).capitalize()


_ITEMS = {Signal.TRACES: _spans, Signal.METRICS: _metrics, Signal.LOGS: _logs}
