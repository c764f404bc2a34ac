"""The state of one series, by kind of point: the latest value, or for deltas the sum since the first (specification, 6.4).

A point that comes late is ignored. Exemplars stay until newer ones come, as in Prometheus' own client libraries: an SDK sends
them once, and the next points without them come before most scrapes do.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from otel_agent.exporters.prometheus.exemplars import ReadExemplars, ShownExemplar
from otel_agent.prometheus.native_histogram import Buckets, Exponential

if TYPE_CHECKING:
    from otel_agent.exporters.prometheus.families import Family

_MOST_NATIVE_EXEMPLARS = 10


class Series:
    """What all kinds have. `family` is None once the series is no longer shown."""

    __slots__ = ("family", "label_pairs", "labels", "start", "time", "updated")

    def __init__(self, labels: str) -> None:
        self.labels = labels
        self.family: Family | None = None
        self.time = self.start = 0
        """Of the latest point, in nanoseconds."""
        self.updated = 0.0
        """Seconds of a monotonic clock when it came."""
        self.label_pairs: bytes | None = None
        """The labels as protobuf, once they were asked for."""


class NumberSeries(Series):
    """A gauge or a sum."""

    __slots__ = ("exemplar", "value")

    def __init__(self, labels: str) -> None:
        super().__init__(labels)
        self.value: float = 0
        self.exemplar: ShownExemplar | None = None

    def take(self, value: float, time: int, start: int, delta: bool) -> None:
        """Take the value of a point, or add it when the point goes on where the last one ended."""
        if delta and self.time and start == self.time:
            self.value += value
        else:
            self.value, self.start = value, start
        self.time = time


class PointSeries(Series, ABC):
    """All kinds but numbers: they take in decoded points."""

    __slots__ = ()

    @abstractmethod
    def update(self, point: Any, delta: bool, exemplars: ReadExemplars) -> bool:
        """Take a point in; False when it has to be dropped."""


class HistogramSeries(PointSeries):
    """A histogram with explicit bounds; one exemplar a bucket."""

    __slots__ = ("bounds", "count", "counts", "exemplars", "sum")

    def __init__(self, labels: str) -> None:
        super().__init__(labels)
        self.count = 0
        self.sum = 0.0
        self.counts: tuple[int, ...] = ()
        self.bounds: tuple[float, ...] = ()
        self.exemplars: dict[int, ShownExemplar] | None = None

    def update(self, point: Any, delta: bool, exemplars: ReadExemplars) -> bool:
        """Take the counts, or add them; False for a delta that overlaps what was added already."""
        if delta and self.time and not _follows(self, point):
            return False
        counts, bounds = tuple(point.bucket_counts), tuple(point.explicit_bounds)
        goes_on = bounds == self.bounds and len(counts) == len(self.counts)
        if bounds != self.bounds:
            self.bounds = self.family.shared_bounds(bounds) if self.family is not None else bounds
            self.exemplars = None
        if delta and goes_on and point.start_time_unix_nano == self.time:
            self.counts = tuple(map(int.__add__, self.counts, counts))
            self.count, self.sum = self.count + point.count, self.sum + point.sum
        else:
            self.counts, self.count, self.sum = counts, point.count, point.sum
            self.start = point.start_time_unix_nano
        self.time = point.time_unix_nano
        if point.exemplars:
            self._take_exemplars(exemplars(point.exemplars))
        return True

    def _take_exemplars(self, exemplars: list[ShownExemplar]) -> None:
        kept = self.exemplars or {}
        for exemplar in exemplars:
            bucket = bisect_left(self.bounds, exemplar.value)
            if bucket not in kept or kept[bucket].time <= exemplar.time:
                kept[bucket] = exemplar
        self.exemplars = kept


class ExponentialSeries(PointSeries):
    """An exponential histogram, shown as a native one."""

    __slots__ = ("exemplars", "value")

    def __init__(self, labels: str) -> None:
        super().__init__(labels)
        self.value = Exponential(0, 0, 0.0, 0, 0.0, Buckets(), Buckets())
        self.exemplars: list[ShownExemplar] = []

    def update(self, point: Any, delta: bool, exemplars: ReadExemplars) -> bool:
        """Take the histogram, or add it; False for a delta that overlaps what was added already."""
        value = Exponential.of(point)
        if delta and self.time and not _follows(self, point):
            return False
        if delta and self.time and point.start_time_unix_nano == self.time:
            self.value = self.value.plus(value)
        else:
            self.value, self.start = value, point.start_time_unix_nano
        self.time = point.time_unix_nano
        if point.exemplars:
            self.exemplars = (exemplars(point.exemplars) + self.exemplars)[:_MOST_NATIVE_EXEMPLARS]
        return True


class SummarySeries(PointSeries):
    """A summary."""

    __slots__ = ("count", "quantiles", "sum")

    def __init__(self, labels: str) -> None:
        super().__init__(labels)
        self.count = 0
        self.sum = 0.0
        self.quantiles: dict[float, float] = {}

    def update(self, point: Any, delta: bool, exemplars: ReadExemplars) -> bool:
        """Take the summary."""
        self.count, self.sum = point.count, point.sum
        self.quantiles = {each.quantile: each.value for each in point.quantile_values}
        self.time, self.start = point.time_unix_nano, point.start_time_unix_nano
        return True


def _follows(series: Series, point: Any) -> bool:
    """Whether a delta begins where the last one ended, or later: then something was lost, or its source began anew."""
    return bool(point.start_time_unix_nano >= series.time)
