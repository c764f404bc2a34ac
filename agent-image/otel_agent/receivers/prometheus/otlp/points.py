"""Points of OTLP metrics in wire format, from series whose values a scrape has set. Times in milliseconds since 1970."""

import math
from collections.abc import Sequence
from itertools import pairwise

from otel_agent.receivers.prometheus.exposition.native_histogram import Buckets
from otel_agent.receivers.prometheus.otlp.layout import Composed, Layout
from otel_agent.receivers.prometheus.otlp.series import Exemplar, Kind, Metric, Series
from otel_agent.receivers.prometheus.otlp.wire import (
    attributes,
    block,
    double,
    fixed,
    number,
    pack_double,
    pack_fixed,
    packed_doubles,
    packed_fixed,
    packed_varints,
    zigzag,
)

_NO_RECORDED_VALUE = 1
_TIME = b"\x19"
_DOUBLE_VALUE = b"\x21"
_MAX_COUNT = 2**64 - 1
_TRACE_BYTES = 16
_SPAN_BYTES = 8

Points = dict[Metric, list[bytes]]
"""Each point with its tag and length, ready to stand in `data_points`."""


def encode(layout: Layout, time: int, *, stale: bool, into: Points) -> None:
    """Add the points of a layout; `stale` ones say that their series is gone."""
    mark = _TIME + pack_fixed(time * 1_000_000) + _DOUBLE_VALUE
    for metric, members in layout.numbers.items():
        if stale:
            points = [_stale_point(series.head, time, 8) for _, series, _ in members]
        else:
            points = [
                start + mark + pack_double(series.value)
                if series.extra is None and created is None
                else _number_point(metric, series, created, time)
                for start, series, created in members
            ]
        _extend(into, metric, points)
    for metric, parts in layout.composed.items():
        make = _histogram_point if metric.key.kind is Kind.HISTOGRAM else _summary_point
        _extend(into, metric, [block(1, content) for part in parts if (content := make(part, time, stale=stale))])
    for metric, natives in layout.native.items():
        _extend(into, metric, [_native_point(series, time, stale=stale) for series in natives])


def _extend(into: Points, metric: Metric, points: list[bytes]) -> None:
    if not points:
        return
    present = into.get(metric)
    if present is None:
        into[metric] = points
    else:
        present.extend(points)


def _stale_point(head: bytes, time: int, flags_field: int) -> bytes:
    return block(1, head + fixed(3, time * 1_000_000) + number(flags_field, _NO_RECORDED_VALUE))


def _number_point(metric: Metric, series: Series, created: Series | None, default: int) -> bytes:
    """Gauges have no start time."""
    time = _time_of(series, default)
    start = _start(series, created) if metric.key.kind is Kind.SUM else b""
    return block(
        1,
        series.head + start + fixed(3, time * 1_000_000) + double(4, series.value) + _exemplars(5, series.extra_exemplars, time),
    )


def _histogram_point(part: Composed, default: int, *, stale: bool) -> bytes:
    """Empty for what is no histogram: without a count, or with buckets that do not add up."""
    count = part.count
    if count is None:
        return b""
    bounds = [bucket.bound for bucket in part.bounded]
    time = _time_of(count, default)
    common = part.head + fixed(3, time * 1_000_000) + packed_doubles(7, bounds)
    if stale:
        return common + packed_fixed(6, [0] * (len(bounds) + 1)) + number(10, _NO_RECORDED_VALUE)
    cumulative = [0.0, *(bucket.value for bucket in part.bounded), count.value]
    if any(not math.isfinite(value) or value < 0 for value in cumulative) or any(
        low > high for low, high in pairwise(cumulative)
    ):
        return b""
    totals = [min(int(value), _MAX_COUNT) for value in cumulative]
    message = common + _start(count, part.created) + fixed(4, totals[-1])
    if part.sum is not None:
        message += double(5, part.sum.value)
    exemplars = [
        each for series in (*part.bounded, part.infinite, count) if series is not None for each in series.extra_exemplars
    ]
    return message + packed_fixed(6, [high - low for low, high in pairwise(totals)]) + _exemplars(8, exemplars, time)


def _summary_point(part: Composed, default: int, *, stale: bool) -> bytes:
    count = part.count
    if count is None:
        return b""
    time = _time_of(count, default)
    message = part.head + fixed(3, time * 1_000_000)
    if stale:
        quantiles = b"".join([block(6, double(1, series.bound)) for series in part.bounded])
        return message + quantiles + number(8, _NO_RECORDED_VALUE)
    message += _start(count, part.created) + fixed(4, _count(count.value))
    if part.sum is not None:
        message += double(5, part.sum.value)
    return message + b"".join([block(6, double(1, series.bound) + double(2, series.value)) for series in part.bounded])


def _native_point(series: Series, default: int, *, stale: bool) -> bytes:
    histogram = series.native
    if stale or histogram is None:
        return _stale_point(series.head, default, 10)
    time = _time_of(series, default)
    return block(
        1,
        series.head
        + _start(series, None)
        + fixed(3, time * 1_000_000)
        + fixed(4, histogram.count)
        + double(5, histogram.sum)
        + number(6, zigzag(histogram.schema))
        + fixed(7, histogram.zero_count)
        + _native_buckets(8, histogram.positive)
        + _native_buckets(9, histogram.negative)
        + _exemplars(11, series.extra_exemplars, time)
        + double(14, histogram.zero_threshold),
    )


def _native_buckets(field: int, buckets: Buckets) -> bytes:
    """OTLP counts buckets by their lower bound, Prometheus by the upper one: the offset is one less."""
    if not buckets.counts:
        return b""
    return block(field, number(1, zigzag(buckets.offset - 1)) + packed_varints(2, buckets.counts))


def _time_of(series: Series, default: int) -> int:
    extra = series.extra
    return max(extra.timestamp, 0) if extra is not None and extra.timestamp is not None else default


def _start(series: Series, created: Series | None) -> bytes:
    """Encode the start time: what the format says beside the value, or a `_created` series in seconds."""
    if series.extra is not None and series.extra.created is not None:
        return fixed(2, max(series.extra.created, 0) * 1_000_000)
    if created is not None and math.isfinite(created.value) and 0 < created.value < 9e9:
        return fixed(2, int(created.value * 1000) * 1_000_000)
    return b""


def _count(value: float) -> int:
    return min(int(value), _MAX_COUNT) if math.isfinite(value) and value > 0 else 0


def _exemplars(field: int, exemplars: Sequence[Exemplar], time: int) -> bytes:
    return b"".join([block(field, _exemplar(each, time)) for each in exemplars])


def _exemplar(exemplar: Exemplar, time: int) -> bytes:
    """Labels that are ids become the exemplar's own, others, and ids of another length, filtered attributes."""
    trace_id = span_id = b""
    rest: dict[str, str] = {}
    for name, value in exemplar.labels:
        match name.lower():
            case "trace_id" if found := _id(value, _TRACE_BYTES):
                trace_id = found
            case "span_id" if found := _id(value, _SPAN_BYTES):
                span_id = found
            case _:
                rest[name] = value
    at = exemplar.timestamp if exemplar.timestamp is not None and exemplar.timestamp >= 0 else time
    ids = (block(4, span_id) if span_id else b"") + (block(5, trace_id) if trace_id else b"")
    return fixed(2, at * 1_000_000) + double(3, exemplar.value) + ids + attributes(7, rest)


def _id(value: str, length: int) -> bytes:
    if len(value) != 2 * length:
        return b""
    try:
        found = bytes.fromhex(value)
    except ValueError:
        return b""
    return found if len(found) == length and any(found) else b""
