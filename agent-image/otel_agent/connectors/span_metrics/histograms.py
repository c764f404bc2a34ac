"""Durations in buckets: of given bounds, or of bounds that a factor makes (OTLP's explicit and exponential histograms)."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

MAX_SCALE = 20
MIN_SCALE = -10


class ExplicitHistogram:
    """Counts by upper bound."""

    __slots__ = ("bounds", "count", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.count = 0
        self.sum = 0.0

    def record(self, value: float) -> None:
        """Count into the bucket whose upper bound is the first not below the value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.count += 1
        self.sum += value

    def fill(self, point: Any) -> None:
        """Write into an empty HistogramDataPoint."""
        point.count, point.sum = self.count, self.sum
        point.bucket_counts.extend(self.counts)
        point.explicit_bounds.extend(self.bounds)


class ExponentialHistogram:
    """Buckets (base^i, base^(i+1)] with base 2^(2^-scale); the scale falls when more than `max_size` would be needed."""

    __slots__ = ("_buckets", "_factor", "_max_size", "count", "max", "min", "scale", "sum", "zeros")

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._buckets: dict[int, int] = {}
        self.scale = MAX_SCALE
        self._factor = math.ldexp(math.log2(math.e), MAX_SCALE)
        self.count = 0
        self.zeros = 0
        self.sum = 0.0
        self.min = math.inf
        self.max = -math.inf

    def record(self, value: float) -> None:
        """Count a value that is not negative."""
        self.count += 1
        self.sum += value
        self.min = min(self.min, value)
        self.max = max(self.max, value)
        if value <= 0:
            self.zeros += 1
            return
        index = self._index(value)
        self._buckets[index] = self._buckets.get(index, 0) + 1
        while max(self._buckets) - min(self._buckets) >= self._max_size and self.scale > MIN_SCALE:
            self._halve()

    def _index(self, value: float) -> int:
        mantissa, exponent = math.frexp(value)
        if mantissa == 0.5:  # a power of two is the upper bound of its bucket, which logarithms may miss
            return ((exponent - 1) << self.scale) - 1 if self.scale > 0 else (exponent - 2) >> -self.scale
        if self.scale <= 0:
            return (exponent - 1) >> -self.scale
        return math.ceil(math.log(value) * self._factor) - 1

    def _halve(self) -> None:
        self.scale -= 1
        self._factor = math.ldexp(math.log2(math.e), self.scale)
        merged: dict[int, int] = {}
        for index, count in self._buckets.items():
            merged[index >> 1] = merged.get(index >> 1, 0) + count
        self._buckets = merged

    def fill(self, point: Any) -> None:
        """Write into an empty ExponentialHistogramDataPoint."""
        point.count, point.sum, point.scale, point.zero_count = self.count, self.sum, self.scale, self.zeros
        if self.count:
            point.min, point.max = self.min, self.max
        if self._buckets:
            first = min(self._buckets)
            point.positive.offset = first
            point.positive.bucket_counts.extend(self._buckets.get(index, 0) for index in range(first, max(self._buckets) + 1))
