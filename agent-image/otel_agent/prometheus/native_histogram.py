"""Exponential histograms: joined, brought to a coarser scale, and as Prometheus' native histograms have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

MOST_SCALE, LEAST_SCALE = 8, -4
"""Schemas that native histograms have."""
DEFAULT_ZERO_THRESHOLD = 1e-128
_MOST_BUCKETS = 20_000
"""Of one side. Two histograms far apart would need, joined, a bucket for everything between; the scale gives way first."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Counts of consecutive buckets, the first of which has the index `offset`."""

    offset: int = 0
    counts: tuple[int, ...] = ()

    def coarser(self, by: int) -> Self:
        """Return the same with a scale smaller by `by`, in which two to the power of `by` buckets become one."""
        if by <= 0 or not self.counts:
            return self
        by = min(by, 63)  # from there on all that is left is two buckets
        first = self.offset >> by
        counts = [0] * (((self.offset + len(self.counts) - 1) >> by) - first + 1)
        for index, count in enumerate(self.counts, self.offset):
            counts[(index >> by) - first] += count
        return type(self)(first, tuple(counts))

    def plus(self, other: Self) -> Self:
        """Return the sum of two at the same scale."""
        if not self.counts or not other.counts:
            return self if self.counts else other
        first = min(self.offset, other.offset)
        counts = [0] * (self.width_with(other))
        for side in (self, other):
            for index, count in enumerate(side.counts, side.offset - first):
                counts[index] += count
        return type(self)(first, tuple(counts))

    def width_with(self, other: Self) -> int:
        """Return how many buckets the sum has."""
        if not self.counts or not other.counts:
            return len(self.counts) or len(other.counts)
        first = min(self.offset, other.offset)
        return max(self.offset + len(self.counts), other.offset + len(other.counts)) - first

    def above(self, threshold: float, scale: int) -> tuple[Self, int]:
        """Divide at a zero threshold: what lies above it, and the number of values in buckets that end at or below it."""
        gone = 0
        while gone < len(self.counts) and _upper_bound(scale, self.offset + gone) <= threshold:
            gone += 1
        if not gone:
            return self, 0
        return type(self)(self.offset + gone, self.counts[gone:]), sum(self.counts[:gone])


@dataclass(frozen=True, slots=True)
class Exponential:
    """The value of an exponential histogram."""

    scale: int
    count: int
    sum: float
    zero_count: int
    zero_threshold: float
    positive: Buckets
    negative: Buckets

    @classmethod
    def of(cls, point: Any) -> Self:
        """Return the value of an ExponentialHistogramDataPoint, of the official class or of `otel_agent.pdata.points`."""
        positive, negative = (
            Buckets(side.offset, tuple(side.bucket_counts)) if side.bucket_counts else Buckets()
            for side in (point.positive, point.negative)
        )
        return cls(point.scale, point.count, point.sum, point.zero_count, point.zero_threshold, positive, negative)

    def plus(self, other: Self) -> Self:
        """Return the sum of two, at the coarser scale and with the larger zero threshold of both."""
        scale = self._scale_with(other)
        threshold = max(self.zero_threshold, other.zero_threshold)
        one, one_zeros = self._at(scale, threshold)
        two, two_zeros = other._at(scale, threshold)
        return type(self)(
            scale,
            self.count + other.count,
            self.sum + other.sum,
            self.zero_count + other.zero_count + one_zeros + two_zeros,
            threshold,
            one[0].plus(two[0]),
            one[1].plus(two[1]),
        )

    def native(self) -> Self:
        """Return it at a scale that native histograms have; ValueError for one coarser than they can be."""
        if self.scale < LEAST_SCALE:
            raise ValueError(f"scale {self.scale} is below {LEAST_SCALE}, the coarsest of native histograms")
        by = max(self.scale - MOST_SCALE, 0)
        threshold = self.zero_threshold or DEFAULT_ZERO_THRESHOLD
        positive, negative = self.positive.coarser(by), self.negative.coarser(by)
        return type(self)(self.scale - by, self.count, self.sum, self.zero_count, threshold, positive, negative)

    def _scale_with(self, other: Self) -> int:
        scale = min(self.scale, other.scale)
        for side in ("positive", "negative"):
            one: Buckets = getattr(self, side).coarser(self.scale - scale)
            two: Buckets = getattr(other, side).coarser(other.scale - scale)
            while one.width_with(two) > _MOST_BUCKETS:
                one, two, scale = one.coarser(1), two.coarser(1), scale - 1
        return scale

    def _at(self, scale: int, threshold: float) -> tuple[tuple[Buckets, Buckets], int]:
        sides = []
        zeros = 0
        for side in (self.positive, self.negative):
            buckets = side.coarser(self.scale - scale)
            if threshold > self.zero_threshold:
                buckets, more = buckets.above(threshold, scale)
                zeros += more
            sides.append(buckets)
        return (sides[0], sides[1]), zeros


def spans_and_deltas(buckets: Buckets) -> tuple[list[tuple[int, int]], list[int]]:
    """Return the buckets as native histograms write them: spans of (gap before it, length), and differences of counts.

    Empty buckets are left out where three or more follow each other, because a new span costs about as much as two of them.
    """
    spans: list[tuple[int, int]] = []
    deltas: list[int] = []
    end = previous = 0
    for index, count in _worthwhile(buckets.counts):
        at = buckets.offset + index + 1  # a native bucket is named by its upper bound, an OTLP bucket by its lower one
        if spans and at == end:
            spans[-1] = (spans[-1][0], spans[-1][1] + 1)
        else:
            spans.append((at - end, 1))
        deltas.append(count - previous)
        previous, end = count, at + 1
    return spans, deltas


def _worthwhile(counts: Sequence[int]) -> list[tuple[int, int]]:
    filled = [index for index, count in enumerate(counts) if count]
    kept: list[tuple[int, int]] = []
    for index in filled:
        if kept and index - kept[-1][0] <= 3:
            kept += [(between, 0) for between in range(kept[-1][0] + 1, index)]
        kept.append((index, counts[index]))
    return kept


def _upper_bound(scale: int, index: int) -> float:
    """Return (2 ** 2 ** -scale) ** (index + 1), infinite where a float ends."""
    try:
        exponent = (index + 1) * 2.0**-scale
        return float(2.0**exponent)
    except OverflowError:
        return float("inf") if index >= 0 else 0.0
