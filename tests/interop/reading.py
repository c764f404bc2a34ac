"""Received OTLP requests as plain Python values that compare exactly: numbers keep their OTLP type, ids are hex."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint

Typed = tuple[str | None, Any]
"""Name of AnyValue's field and the value in it: 1, 1.0 and true are three things."""


def typed(value: object) -> Typed:
    """Return what `read` makes of the AnyValue that an SDK makes of this value."""
    match value:
        case bool():
            return "bool_value", value
        case int():
            return "int_value", value
        case float():
            return "double_value", value
        case str():
            return "string_value", value
        case bytes():
            return "bytes_value", value
        case list():
            return "array_value", [typed(item) for item in value]
        case dict():
            return "kvlist_value", {key: typed(item) for key, item in value.items()}
    raise TypeError(f"no OTLP value for {value!r}")


def read(value: AnyValue) -> Typed:
    """Return the field that is set and its value."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return kind, [read(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return kind, read_all(value.kvlist_value.values)
    return kind, None if kind is None else getattr(value, kind)


def read_all(attributes: Iterable[KeyValue]) -> dict[str, Typed]:
    """Return attributes by key; a key that comes twice is a ValueError, which OTLP forbids."""
    pairs = [(attribute.key, read(attribute.value)) for attribute in attributes]
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError(f"a key comes twice: {[key for key, _ in pairs]}")
    return values


def scope_of(scope: InstrumentationScope, schema: str) -> tuple[str, str, str]:
    """Return name, version and schema URL."""
    return scope.name, scope.version, schema


def span(span: Any) -> dict[str, Any]:
    """Return a span's fields, the name and ids left out."""
    return {
        "kind": span.kind,
        "parent": span.parent_span_id.hex(),
        "start": span.start_time_unix_nano,
        "end": span.end_time_unix_nano,
        "attributes": read_all(span.attributes),
        "events": [(event.name, event.time_unix_nano, read_all(event.attributes)) for event in span.events],
        "links": [(link.trace_id.hex(), link.span_id.hex(), read_all(link.attributes)) for link in span.links],
        "status": (span.status.code, span.status.message),
    }


def log_record(record: Any) -> dict[str, Any]:
    """Return a log record's fields, the time of observation left out."""
    return {
        "time": record.time_unix_nano,
        "severity": (record.severity_number, record.severity_text),
        "body": read(record.body),
        "attributes": read_all(record.attributes),
        "context": (record.trace_id.hex(), record.span_id.hex()),
        "event": record.event_name,
    }


def metric(metric: Metric) -> dict[str, Any]:
    """Return a metric's fields with its points by their attributes; times and exemplars left out."""
    kind = metric.WhichOneof("data")
    assert kind is not None
    data = getattr(metric, kind)
    told: dict[str, Any] = {"kind": kind, "unit": metric.unit, "description": metric.description}
    if kind != "gauge":
        told["temporality"] = data.aggregation_temporality
    if kind == "sum":
        told["monotonic"] = data.is_monotonic
    told["points"] = sorted((list(read_all(point.attributes).items()), _point(point)) for point in data.data_points)
    return told


def exemplars(metric: Metric) -> Iterator[tuple[str, str, float]]:
    """Yield trace id, span id and value of a histogram's exemplars."""
    for point in getattr(metric, metric.WhichOneof("data") or "").data_points:
        for exemplar in point.exemplars:
            yield exemplar.trace_id.hex(), exemplar.span_id.hex(), exemplar.as_double


def _point(point: Any) -> list[Any]:
    if isinstance(point, NumberDataPoint):
        kind = point.WhichOneof("value")
        assert kind is not None
        return [kind, getattr(point, kind)]
    if isinstance(point, HistogramDataPoint):
        return [point.count, point.sum, point.min, point.max, list(point.explicit_bounds), list(point.bucket_counts)]
    assert isinstance(point, ExponentialHistogramDataPoint)
    return [point.count, point.sum, point.min, point.max, point.zero_count, _powers(point)]


def _powers(point: ExponentialHistogramDataPoint) -> dict[float, int]:
    """Return counts by the upper end of their buckets as a power of two, whatever scale the SDK has chosen."""
    width = 2.0**-point.scale
    positive = point.positive
    ends = {(positive.offset + index + 1) * width: count for index, count in enumerate(positive.bucket_counts)}
    return {end: count for end, count in ends.items() if count}
