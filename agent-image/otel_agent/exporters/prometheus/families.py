"""The families that are shown, their series, and what bounds them: limits by count, and expiry by time."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from otel_agent.exporters.prometheus.refusals import Reason, Refusals
from otel_agent.exporters.prometheus.series import Series
from otel_agent.prometheus.labels import labels_of
from otel_agent.prometheus.names import MetricType

_SAMPLE = 1000
"""Series that are looked at to find the label with most values."""
_MOST_BOUNDS = 100


class Family:
    """All series of one name. Type, help and unit are those that came first."""

    __slots__ = ("_bounds", "help", "kind", "name", "series", "unit")

    def __init__(self, name: str, kind: MetricType, help_text: str, unit: str) -> None:
        self.name, self.kind, self.help, self.unit = name, kind, help_text, unit
        self.series: dict[str, Series] = {}
        """By their labels as text."""
        self._bounds: dict[tuple[float, ...], tuple[float, ...]] = {}

    def shared_bounds(self, bounds: tuple[float, ...]) -> tuple[float, ...]:
        """Return the same bounds as one object for all series, of which most families have only one kind."""
        if len(self._bounds) >= _MOST_BOUNDS:
            self._bounds.clear()
        return self._bounds.setdefault(bounds, bounds)

    def widest_label(self) -> str:
        """Return the label with most distinct values, judged by series spread evenly over all; "" without labels."""
        step = max(len(self.series) // _SAMPLE, 1)
        values = {pair for text in islice(self.series, 0, None, step) for pair in labels_of(text)}
        most = Counter(name for name, _ in values).most_common(1)
        return most[0][0] if most else ""


class Families:
    """Every family by name."""

    def __init__(self, series_limit: int, total_limit: int, refusals: Refusals) -> None:
        """`series_limit` is for each family, `total_limit` for all; 0 is none."""
        self._series_limit = series_limit
        self._total_limit = total_limit
        self._refusals = refusals
        self._families: dict[str, Family] = {}
        self.size = 0
        """Series of all families."""

    def sorted(self) -> list[Family]:
        """Return the families that have series, by name."""
        return [self._families[name] for name in sorted(self._families)]

    def family(self, name: str, kind: MetricType, help_text: str, unit: str) -> Family | None:
        """Return the family of that name, a new one if there is none; None when it has another type."""
        family = self._families.get(name)
        if family is None:
            family = Family(name, kind, help_text, unit)  # is shown, and known to others, with its first series
        return family if family.kind is kind else None

    def series(self, family: Family, labels: str, make: type[Series]) -> Series | None:
        """Return the series with these labels, a new one if there is none; None, counted, when that cannot be."""
        series = family.series.get(labels)
        if series is not None:
            if type(series) is make:
                return series
            self._refusals.add(Reason.TYPE_CONFLICT, family.name, existing=type(series).__name__, dropped=make.__name__)
            return None
        if self._series_limit and len(family.series) >= self._series_limit:
            self._refusals.limited(family.name, self._series_limit, family.widest_label)
            return None
        if self._total_limit and self.size >= self._total_limit:
            self._refusals.limited(family.name, self._total_limit, family.widest_label)
            return None
        series = family.series[labels] = make(labels)
        series.family = family
        self._families[family.name] = family
        self.size += 1
        return series

    def remove(self, series: Series) -> None:
        """Show a series no longer."""
        family, series.family = series.family, None
        if family is None:
            return
        del family.series[series.labels]
        self.size -= 1
        if not family.series:
            del self._families[family.name]

    def expire(self, before: float) -> int:
        """Remove series whose last point came before that time of the clock; return how many."""
        gone = [series for series in self._all() if series.updated < before]
        for series in gone:
            self.remove(series)
        return len(gone)

    def _all(self) -> Iterator[Series]:
        for family in self._families.values():
            yield from family.series.values()
