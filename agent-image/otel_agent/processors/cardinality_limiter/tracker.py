"""Decides which points may keep their attributes: knows, in bounded memory, the series of each metric. No I/O."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from otel_agent.processors.cardinality_limiter.config import CardinalityLimiterConfig
from otel_agent.processors.cardinality_limiter.distinct import DistinctSketch, RecentSet

_MOST_ATTRIBUTES = 64
"""Attributes of a metric that are told apart; further ones are only part of series."""

Attributes = Iterable[tuple[str, bytes]]
"""Key of each attribute, and its value in whatever bytes tell it from others."""


@dataclass(slots=True)
class Limits:
    """Series of a metric, and values of each of its attributes; 0 is none."""

    series: int
    values: int


class MetricSeries:
    """What is known of one metric."""

    __slots__ = ("_limits", "_series", "_sketches", "_values", "generation")

    def __init__(self, limits: Limits, generation: int) -> None:
        self._limits = limits
        self._series = RecentSet(limits.series or limits.values)
        self._values: dict[str, RecentSet] = {}
        self._sketches: dict[str, DistinctSketch] = {}
        self.generation = generation

    @property
    def unlimited(self) -> bool:
        """Whether every series may go on as it is."""
        return not self._limits.series and not self._limits.values

    def knows(self, series: int) -> bool:
        """Whether a series may go on as it is."""
        return self._series.knows(series)

    def admit(self, series: int, attributes: Attributes) -> bool:
        """Take a series that is not known; False when a limit forbids it."""
        found = [(key, hash(value)) for key, value in attributes]
        for key, hashed in found:
            self._sketch(key, hashed)
        if self._limits.series and self._series.full:
            return False
        if self._limits.values and not self._admit_values(found):
            return False
        if not self._series.full:  # without a limit of its own, known series are only remembered to save time
            self._series.add(series)
        return True

    def age(self, generation: int) -> None:
        """Forget what has not been seen since the generation before the last; estimates begin anew."""
        for _ in range(min(generation - self.generation, 2)):
            for known in (self._series, *self._values.values()):
                known.age()
        self._values = {key: known for key, known in self._values.items() if len(known)}
        self._sketches = {}
        self.generation = generation

    def widest(self) -> tuple[str, int]:
        """Return the attribute with most distinct values, and about how many it has; ("", 0) when there are no attributes."""
        sizes = {key: sketch.estimate for key, sketch in self._sketches.items()}
        if not sizes:
            return "", 0
        key = max(sizes, key=sizes.__getitem__)
        return key, round(sizes[key])

    def _admit_values(self, found: list[tuple[str, int]]) -> bool:
        new = []
        for key, hashed in found:
            values = self._values.get(key)
            if values is None:
                if len(self._values) >= _MOST_ATTRIBUTES:
                    continue
                values = self._values[key] = RecentSet(self._limits.values)
            if values.knows(hashed):
                continue
            if values.full:
                return False
            new.append((values, hashed))
        for values, hashed in new:
            values.add(hashed)
        return True

    def _sketch(self, key: str, hashed: int) -> None:
        sketch = self._sketches.get(key)
        if sketch is None:
            if len(self._sketches) >= _MOST_ATTRIBUTES:
                return
            sketch = self._sketches[key] = DistinctSketch()
        sketch.add(hashed)


class Tracker:
    """All metrics by name."""

    def __init__(self, config: CardinalityLimiterConfig, clock: Callable[[], float]) -> None:
        """`clock` gives seconds of a monotonic clock."""
        self._config = config
        self._clock = clock
        self._began = clock()
        self._metrics: OrderedDict[str, MetricSeries] = OrderedDict()
        self.evicted = 0
        """Metrics that were forgotten because there were too many."""

    def metric(self, name: str) -> MetricSeries:
        """Return what is known of a metric, as of now."""
        generation = int((self._clock() - self._began) / self._config.forget_after)
        known = self._metrics.get(name)
        if known is None:
            if len(self._metrics) >= self._config.max_metrics:
                self._metrics.popitem(last=False)
                self.evicted += 1
            known = self._metrics[name] = MetricSeries(self._limits(name), generation)
        else:
            self._metrics.move_to_end(name)
            if known.generation != generation:
                known.age(generation)
        return known

    def _limits(self, name: str) -> Limits:
        limits = Limits(self._config.series_limit, self._config.attribute_limit)
        for override in self._config.overrides:
            if any(fnmatchcase(name, pattern) for pattern in override.metric_names):
                if override.series_limit is not None:
                    limits.series = override.series_limit
                if override.attribute_limit is not None:
                    limits.values = override.attribute_limit
                break
        return limits
