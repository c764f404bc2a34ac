"""A native histogram as exposed, with its buckets as absolute counts."""

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

CUSTOM_BUCKETS_SCHEMA = -53
MIN_SCHEMA = -4
MAX_SCHEMA = 8
_MAX_BUCKETS = 20_000
"""Spans may stand for far more empty buckets than a message has bytes."""


class NativeHistogramError(ValueError):
    """A native histogram contradicts itself or is out of bounds."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Dense counts from the bucket with index `offset` on; indexes are Prometheus' (upper bounds)."""

    offset: int = 0
    counts: tuple[int, ...] = ()

    @property
    def used(self) -> int:
        """Number of buckets that hold something."""
        return sum(1 for count in self.counts if count)

    def halved(self) -> "Buckets":
        """Return the same counts at half the resolution."""
        if not self.counts:
            return self
        # Prometheus' bucket i covers (base^(i-1), base^i]: i goes into ceil(i / 2)
        first = -(-self.offset // 2)
        last = -(-(self.offset + len(self.counts) - 1) // 2)
        merged = [0] * (last - first + 1)
        for position, count in enumerate(self.counts):
            merged[-(-(self.offset + position) // 2) - first] += count
        return Buckets(first, tuple(merged))


@dataclass(frozen=True, slots=True)
class NativeHistogram:
    """Counts of an integer histogram, or of a float histogram cut to integers."""

    schema: int
    count: int
    sum: float
    zero_threshold: float = 0.0
    zero_count: int = 0
    positive: Buckets = Buckets()
    negative: Buckets = Buckets()

    def limited(self, buckets: int) -> "NativeHistogram":
        """Return it with at most that many buckets, at a lower resolution if need be; error when even the lowest has more."""
        histogram = self
        while buckets and histogram.positive.used + histogram.negative.used > buckets:
            if histogram.schema <= MIN_SCHEMA:
                raise NativeHistogramError(f"native_histogram_bucket_limit exceeded (limit: {buckets})")
            histogram = NativeHistogram(
                histogram.schema - 1,
                histogram.count,
                histogram.sum,
                histogram.zero_threshold,
                histogram.zero_count,
                histogram.positive.halved(),
                histogram.negative.halved(),
            )
        return histogram


def from_message(histogram: Any) -> NativeHistogram:
    """Read io.prometheus.client.Histogram; `NativeHistogramError` for one that contradicts itself."""
    if not MIN_SCHEMA <= histogram.schema <= MAX_SCHEMA:
        raise NativeHistogramError(f"native histogram with schema {histogram.schema}: only {MIN_SCHEMA} to {MAX_SCHEMA} exist")
    return NativeHistogram(
        schema=histogram.schema,
        count=whole(histogram.sample_count_float) or histogram.sample_count,
        sum=histogram.sample_sum,
        zero_threshold=histogram.zero_threshold,
        zero_count=whole(histogram.zero_count_float) or histogram.zero_count,
        positive=_buckets(histogram.positive_span, histogram.positive_delta, histogram.positive_count),
        negative=_buckets(histogram.negative_span, histogram.negative_delta, histogram.negative_count),
    )


def whole(count: float) -> int:
    """Return a count as a whole number; what is none, negative or not finite, is 0."""
    return int(count) if math.isfinite(count) and 0 < count < 2**64 else 0


def _buckets(spans: Any, deltas: Any, counts: Any) -> Buckets:
    values = [whole(count) for count in counts] if counts else list(accumulate(deltas))
    if any(value < 0 for value in values):
        raise NativeHistogramError("native histogram with a bucket that counts less than nothing")
    if sum(span.length for span in spans) != len(values):
        raise NativeHistogramError(f"native histogram whose spans do not fit its {len(values)} buckets")
    dense: list[int] = []
    taken = 0
    for index, span in enumerate(spans):
        gap = span.offset if index else 0
        if gap < 0:
            raise NativeHistogramError("native histogram with spans that overlap")
        if len(dense) + gap + span.length > _MAX_BUCKETS:
            raise NativeHistogramError(f"native histogram spanning more than {_MAX_BUCKETS} buckets")
        dense += [0] * gap
        dense += values[taken : taken + span.length]
        taken += span.length
    return Buckets(spans[0].offset if spans else 0, tuple(dense))
