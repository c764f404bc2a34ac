"""Divides requests between keys of single items: metrics, streams of points, spans by their attributes. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    SummaryDataPoint,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from otel_agent.exporters.load_balancing.ring import Ring
from otel_agent.exporters.load_balancing.routing import Divide, Part
from otel_agent.pdata.any_value import text
from otel_agent.pdata.count import parse_slim
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.split import Group, groups_of
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.traces import assemble

KeyOf = Callable[[bytes], bytes]
"""Key of one item."""

_LEVELS: dict[Signal, tuple[type[Any], type[Any]]] = {
    Signal.TRACES: (ResourceSpans, ScopeSpans),
    Signal.METRICS: (ResourceMetrics, ScopeMetrics),
    Signal.LOGS: (ResourceLogs, ScopeLogs),
}
_POINTS: dict[str, type[Any]] = {
    "gauge": NumberDataPoint,
    "sum": NumberDataPoint,
    "histogram": HistogramDataPoint,
    "exponential_histogram": ExponentialHistogramDataPoint,
    "summary": SummaryDataPoint,
}
_ITEMS: dict[Signal, type[Any]] = {Signal.TRACES: Span, Signal.LOGS: LogRecord}
_SPAN_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")


def by_metric_name() -> Divide:
    """Return what keeps all points of a metric's name together."""
    return _dividing(Signal.METRICS, lambda group: _constant(Metric.FromString(group.path[2].header).name.encode()))


def by_stream() -> Divide:
    """Return what keeps the points of one stream together: resource, scope, metric and attributes."""
    from otel_agent.exporters.load_balancing.identity import metric_hash, stream_key

    def keys(group: Group) -> KeyOf:
        assert group.kind is not None
        resource, scope = _above(Signal.METRICS, group)
        metric = metric_hash(resource, scope, Metric.FromString(group.path[2].header), group.kind)
        point = _POINTS[group.kind]
        return lambda item: stream_key(metric, point.FromString(item))

    return _dividing(Signal.METRICS, keys)


def by_attributes(signal: Signal, names: Sequence[str]) -> Divide:
    """Return what keeps items together whose attributes of these names are equal.

    Each is looked for in the resource, the scope and the item; the texts of the values are put behind one another. `span.name`
    and `span.kind` are the span's own.
    """

    def keys(group: Group) -> KeyOf:
        resource, scope = _above(signal, group)
        item_type = _POINTS[group.kind] if group.kind else _ITEMS[signal]
        outer = {**_texts(scope.attributes), **_texts(resource.attributes)}
        if all(name in outer for name in names):
            return _constant("".join(outer[name] for name in names).encode())

        def key(item: bytes) -> bytes:
            decoded = item_type.FromString(item)
            own = {**_texts(decoded.attributes), **_pseudo(decoded)}
            return "".join(outer.get(name, own.get(name, "")) for name in names).encode()

        return key

    return _dividing(signal, keys)


def _dividing(signal: Signal, keys: Callable[[Group], KeyOf]) -> Divide:
    def divide(data: bytes, ring: Ring) -> Sequence[Part]:
        request = parse_slim(signal, data)
        groups = list(groups_of(signal, request))
        members: dict[int, dict[int, list[bytes]]] = {}
        try:
            for index, group in enumerate(groups):
                key_of = keys(group) if group.items else _constant(b"")
                for item in group.items:
                    members.setdefault(ring.owner(key_of(item)), {}).setdefault(index, []).append(item)
        except DecodeError as error:
            raise InvalidTelemetry(f"malformed {signal} request: {error}") from error
        parts = assemble(signal, data, request, groups, members.values())
        return [Part(owner, part, items) for owner, (part, items) in zip(members, parts, strict=True)]

    return divide


def _above(signal: Signal, group: Group) -> tuple[Any, InstrumentationScope]:
    resource, scope = _LEVELS[signal]
    return resource.FromString(group.path[0].header).resource, scope.FromString(group.path[1].header).scope


def _texts(attributes: Iterable[Any]) -> dict[str, str]:
    return {attribute.key: text(attribute.value) for attribute in attributes}


def _pseudo(item: Any) -> dict[str, str]:
    if not isinstance(item, Span):
        return {}
    kind = _SPAN_KINDS[item.kind] if 0 <= item.kind < len(_SPAN_KINDS) else ""
    return {"span.name": item.name, "span.kind": kind}


def _constant(key: bytes) -> KeyOf:
    return lambda _: key
