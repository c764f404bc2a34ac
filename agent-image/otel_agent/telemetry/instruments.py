"""Counters, gauges and histograms of the collector's own metrics: plain numbers that one thread writes and a scrape reads."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from enum import StrEnum


class InstrumentKind(StrEnum):
    """What the exposition says in `# TYPE`; an up-down sum is shown as a gauge."""

    SUM = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Counter:
    """A sum. The hot path may add to `value` directly."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0

    def add(self, amount: float = 1) -> None:
        """Add; negative amounts only for up-down sums (in-flight requests)."""
        self.value += amount

    def read(self) -> float:
        """Return the current value."""
        return self.value


class Gauge(Counter):
    """A value that is set, or added to."""

    __slots__ = ()

    def set(self, value: float) -> None:
        """Replace the value."""
        self.value = value


class Observed:
    """A value computed at each scrape (queue size, RSS)."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[], float]) -> None:
        self.read = read


class Histogram:
    """Counts by upper bound."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum: float = 0

    def record(self, value: float, times: int = 1) -> None:
        """Count a value into the bucket whose upper bound is the first not below it."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times
