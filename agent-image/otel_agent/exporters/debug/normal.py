"""`verbosity: normal`: about one line for each item."""

from collections.abc import Iterator
from typing import Any

from otel_agent.exporters.debug.values import pairs
from otel_agent.pdata.any_value import text
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.values import shortest


def lines(signal: Signal, request: Any) -> Iterator[str]:
    """Lines for a decoded request."""
    kind = {Signal.TRACES: "Traces", Signal.METRICS: "Metrics", Signal.LOGS: "Log"}[signal]
    suffix = "spans" if signal is Signal.TRACES else str(signal)
    for index, resource in enumerate(getattr(request, f"resource_{suffix}")):
        yield _joined(f"Resource{kind} #{index}", _schema(resource), pairs(resource.resource.attributes))
        for number, scope in enumerate(getattr(resource, f"scope_{suffix}")):
            named = f"{scope.scope.name}@{scope.scope.version}" if scope.scope.version else scope.scope.name
            yield _joined(f"Scope{kind} #{number}", named, _schema(scope), pairs(scope.scope.attributes))
            yield from _ITEMS[signal](scope)


def _schema(message: Any) -> str:
    return f"[{message.schema_url}]" if message.schema_url else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _spans(scope: Any) -> Iterator[str]:
    for span in scope.spans:
        yield _joined(span.name, span.trace_id.hex(), span.span_id.hex(), pairs(span.attributes))


def _logs(scope: Any) -> Iterator[str]:
    for record in scope.log_records:
        yield _joined(text(record.body), pairs(record.attributes))


def _metrics(scope: Any) -> Iterator[str]:
    for metric in scope.metrics:
        kind = metric.WhichOneof("data")
        for point in getattr(metric, kind).data_points if kind else ():
            yield f"{metric.name}{{{pairs(point.attributes, ',')}}} {_point(kind, point)}"


def _point(kind: str, point: Any) -> str:
    """Return the value, or the parts of a distribution."""
    if kind in ("gauge", "sum"):
        which = point.WhichOneof("value")
        return "" if which is None else str(point.as_int) if which == "as_int" else shortest(point.as_double)
    parts = [f"count={point.count}"]
    if kind == "summary":
        parts.append(f"sum={shortest(point.sum)}")
        parts.extend(f"q{shortest(item.quantile)}={shortest(item.value)}" for item in point.quantile_values)
        return " ".join(parts)
    parts.extend(f"{name}={shortest(getattr(point, name))}" for name in ("sum", "min", "max") if point.HasField(name))
    if kind == "histogram":
        bounds = [shortest(bound) for bound in point.explicit_bounds]
        parts.extend(f"le{bound}={amount}" for bound, amount in zip(bounds, point.bucket_counts, strict=False))
    return " ".join(parts)


_ITEMS = {Signal.TRACES: _spans, Signal.METRICS: _metrics, Signal.LOGS: _logs}
