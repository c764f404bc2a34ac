"""What is counted: series of one metric, and the metrics of one resource."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from otel_agent.connectors.span_metrics.histograms import ExplicitHistogram, ExponentialHistogram

Key = tuple[Any, ...]
"""Values of a series' dimensions, in order; None for one that it does not have."""
OVERFLOW: Key = ("otel.metric.overflow",)


class Count:
    """A number of calls or events."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


Value = TypeVar("Value")


@dataclass(slots=True)
class Exemplar:
    """A span behind a figure: its ids, its duration in the metric's unit, and its end in nanoseconds since 1970."""

    trace_id: bytes
    span_id: bytes
    value: float
    time: int


@dataclass(slots=True)
class Series(Generic[Value]):
    """One series; times in nanoseconds since 1970."""

    value: Value
    start: int
    seen: int
    exemplars: list[Exemplar] = field(default_factory=list)


class SeriesSet(Generic[Value]):
    """All series of one metric of one resource."""

    def __init__(self, make: Callable[[], Value], limit: int) -> None:
        self._make = make
        self._limit = limit
        self.series: dict[Key, Series[Value]] = {}
        self.overflowed = 0
        """Times that the limit bit."""

    def of(self, key: Key, now: int) -> Series[Value]:
        """Return a series, made when it is new; that of the overflow when there are too many."""
        found = self.series.get(key)
        if found is None:
            if self._limit and len(self.series) >= self._limit:
                self.overflowed += 1
                key = OVERFLOW
                found = self.series.get(key)
            if found is None:
                found = self.series[key] = Series(self._make(), now, now)
        found.seen = now
        return found

    def expire(self, before: int) -> None:
        """Forget series that were last seen before a time."""
        for key in [key for key, series in self.series.items() if series.seen < before]:
            del self.series[key]

    def after_flush(self, now: int, *, delta: bool) -> None:
        """Begin the next interval: without exemplars, and for deltas without anything."""
        if delta:
            self.series.clear()
            return
        for series in self.series.values():
            series.exemplars.clear()


@dataclass(slots=True)
class ResourceMetrics:
    """The three metrics of one resource, and when it last had a span."""

    resource: Any
    """Its OTLP message."""
    calls: SeriesSet[Count]
    durations: SeriesSet[ExplicitHistogram | ExponentialHistogram]
    events: SeriesSet[Count]
    start: int
    seen: int
