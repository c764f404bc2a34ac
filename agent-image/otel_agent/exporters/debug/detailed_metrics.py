"""`verbosity: detailed` for one metric and its data points."""

from collections.abc import Iterator
from typing import Any

from otel_agent.exporters.debug.values import NESTED, attribute_lines, fixed, number, timestamp

_TYPE_NAMES = {
    "gauge": "Gauge",
    "sum": "Sum",
    "histogram": "Histogram",
    "exponential_histogram": "ExponentialHistogram",
    "summary": "Summary",
}
_TEMPORALITIES = {0: "Unspecified", 1: "Delta", 2: "Cumulative"}


def metric_lines(metric: Any) -> Iterator[str]:
    """Descriptor, then the data points."""
    kind = metric.WhichOneof("data")
    yield "Descriptor:"
    yield f"     -> Name: {metric.name}"
    yield f"     -> Description: {metric.description}"
    yield f"     -> Unit: {metric.unit}"
    yield f"     -> DataType: {_TYPE_NAMES.get(kind, 'Empty')}"
    if kind is None:
        return
    data = getattr(metric, kind)
    if kind == "sum":
        yield f"     -> IsMonotonic: {'true' if data.is_monotonic else 'false'}"
    if kind not in ("gauge", "summary"):
        yield f"     -> AggregationTemporality: {_TEMPORALITIES.get(data.aggregation_temporality, data.aggregation_temporality)}"
    title = "Number" if kind in ("gauge", "sum") else _TYPE_NAMES[kind]
    for index, point in enumerate(data.data_points):
        yield f"{title}DataPoints #{index}"
        yield from attribute_lines("Data point attributes:", point.attributes)
        yield f"StartTimestamp: {timestamp(point.start_time_unix_nano)}"
        yield f"Timestamp: {timestamp(point.time_unix_nano)}"
        yield from _VALUES[kind](point)
        if kind != "summary":
            yield from _exemplars(point.exemplars)


def _number(point: Any) -> Iterator[str]:
    yield f"Value: {number(point)}"


def _totals(point: Any) -> Iterator[str]:
    yield f"Count: {point.count}"
    for name in ("sum", "min", "max"):
        if point.HasField(name):
            yield f"{name.capitalize()}: {fixed(getattr(point, name))}"


def _histogram(point: Any) -> Iterator[str]:
    yield from _totals(point)
    for index, bound in enumerate(point.explicit_bounds):
        yield f"ExplicitBounds #{index}: {fixed(bound)}"
    for index, amount in enumerate(point.bucket_counts):
        yield f"Buckets #{index}, Count: {amount}"


def _exponential(point: Any) -> Iterator[str]:
    """Buckets from the most negative to the most positive, with their bounds."""
    yield from _totals(point)
    negative, positive = point.negative, point.positive
    for index in reversed(range(len(negative.bucket_counts))):
        low, high = (_bound(point.scale, negative.offset + index + step) for step in (0, 1))
        yield f"Bucket [{fixed(-high)}, {fixed(-low)}), Count: {negative.bucket_counts[index]}"
    if point.zero_count:
        yield f"Bucket [0, 0], Count: {point.zero_count}"
    for index, amount in enumerate(positive.bucket_counts):
        low, high = (_bound(point.scale, positive.offset + index + step) for step in (0, 1))
        yield f"Bucket ({fixed(low)}, {fixed(high)}], Count: {amount}"


def _bound(scale: int, index: int) -> float:
    """Return base**index with base 2**(2**-scale); infinite when a double cannot hold it."""
    try:
        return float(2.0 ** (index * 2.0**-scale))
    except OverflowError:
        return float("inf")


def _summary(point: Any) -> Iterator[str]:
    yield f"Count: {point.count}"
    yield f"Sum: {fixed(point.sum)}"
    for index, item in enumerate(point.quantile_values):
        yield f"QuantileValue #{index}: Quantile {fixed(item.quantile)}, Value {fixed(item.value)}"


def _exemplars(exemplars: Any) -> Iterator[str]:
    if exemplars:
        yield "Exemplars:"
    for index, exemplar in enumerate(exemplars):
        yield f"Exemplar #{index}"
        yield f"     -> Trace ID: {exemplar.trace_id.hex()}"
        yield f"     -> Span ID: {exemplar.span_id.hex()}"
        yield f"     -> Timestamp: {timestamp(exemplar.time_unix_nano)}"
        yield f"     -> Value: {number(exemplar)}"
        yield from attribute_lines("     -> FilteredAttributes::", exemplar.filtered_attributes, NESTED)


_VALUES = {
    "gauge": _number,
    "sum": _number,
    "histogram": _histogram,
    "exponential_histogram": _exponential,
    "summary": _summary,
}
