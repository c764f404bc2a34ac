"""Joins points of several series in one, by kind of point. Points are those of `otel_agent.pdata.points`."""

import dataclasses
from collections.abc import Callable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from otel_agent.prometheus.native_histogram import Buckets, Exponential

OVERFLOW = "otel.metric.overflow"
_MOST_EXEMPLARS = 10
_INT32 = (-(2**31), 2**31 - 1)
"""What a scale or an offset may be; the sum of histograms at the ends of it may be beyond."""
_MARK: bytes = KeyValue(key=OVERFLOW, value=AnyValue(bool_value=True)).SerializeToString()

Join = Callable[[Any, Any], None]
"""Adds the second point to the first."""


def overflow_point(kind: str, points: list[Any]) -> Any:
    """Return one point for all; `kind` is a member of `Metric.data`.

    Sums, counts and buckets are added up, of a gauge the latest value counts. Buckets that do not match and quantiles are left
    out.
    """
    first = type(points[0])()
    first.CopyFrom(points[0])
    join = _JOINS[kind]
    for point in points[1:]:
        join(first, point)
        starts = [start for start in (first.start_time_unix_nano, point.start_time_unix_nano) if start]
        first.start_time_unix_nano = min(starts, default=0)
        first.time_unix_nano = max(first.time_unix_nano, point.time_unix_nano)
        if kind != "summary":
            first.exemplars.extend(point.exemplars[: max(_MOST_EXEMPLARS - len(first.exemplars), 0)])
    first.ClearField("attributes")
    first.attributes.append(_MARK)
    return first


def _gauge(one: Any, two: Any) -> None:
    if two.time_unix_nano >= one.time_unix_nano:
        _set_number(one, two.as_double if two.HasField("as_double") else two.as_int)


def _sum(one: Any, two: Any) -> None:
    values = [point.as_double if point.HasField("as_double") else point.as_int for point in (one, two)]
    _set_number(one, values[0] + values[1])


def _set_number(point: Any, value: float) -> None:
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        point.as_int = value
    else:
        point.as_double = value


def _histogram(one: Any, two: Any) -> None:
    if list(one.explicit_bounds) == list(two.explicit_bounds) and len(one.bucket_counts) == len(two.bucket_counts):
        counts = [_limited(a + b) for a, b in zip(one.bucket_counts, two.bucket_counts, strict=True)]
        one.ClearField("bucket_counts")
        one.bucket_counts.extend(counts)
    else:
        one.ClearField("bucket_counts")
        one.ClearField("explicit_bounds")
    _totals(one, two)


def _exponential(one: Any, two: Any) -> None:
    total = Exponential.of(one).plus(Exponential.of(two))
    if not all(_INT32[0] <= number <= _INT32[1] for number in (total.scale, total.positive.offset, total.negative.offset)):
        total = dataclasses.replace(total, scale=one.scale, positive=Buckets(), negative=Buckets())
    one.scale, one.zero_count, one.zero_threshold = total.scale, _limited(total.zero_count), total.zero_threshold
    for side, buckets in ((one.positive, total.positive), (one.negative, total.negative)):
        side.Clear()
        side.offset = buckets.offset
        side.bucket_counts.extend(map(_limited, buckets.counts))
    _totals(one, two)


def _summary(one: Any, two: Any) -> None:
    one.count, one.sum = _limited(one.count + two.count), one.sum + two.sum
    one.ClearField("quantile_values")


def _totals(one: Any, two: Any) -> None:
    """Add up count and sum; the extremes are those of both."""
    one.count = _limited(one.count + two.count)
    if one.HasField("sum") and two.HasField("sum"):
        one.sum += two.sum
    else:
        one.ClearField("sum")
    for field, pick in (("min", min), ("max", max)):
        if one.HasField(field) and two.HasField(field):
            setattr(one, field, pick(getattr(one, field), getattr(two, field)))
        else:
            one.ClearField(field)


def _limited(count: int) -> int:
    return min(count, 2**64 - 1)


_JOINS: dict[str, Join] = {
    "gauge": _gauge,
    "sum": _sum,
    "histogram": _histogram,
    "exponential_histogram": _exponential,
    "summary": _summary,
}
