"""Joins the metrics of all workers into those of one collector.

Sums and histograms are added up, those of workers that have ended included, so that no sum ever falls. Gauges are added up too:
all that workers have are sizes, capacities and numbers of things. What is not additive (uptime, memory that processes share)
only the supervisor shows.
"""

from collections.abc import Iterable, Mapping

from otel_agent.telemetry.instruments import Counter, Gauge, Histogram, InstrumentKind
from otel_agent.telemetry.metrics import Family, Instrument


def frozen(families: Iterable[Family]) -> list[Family]:
    """Copy families with the values of now; what is computed becomes a number."""
    return [_copy(family, {key: _value(instrument) for key, instrument in family.instruments.items()}) for family in families]


def joined(parts: Iterable[Iterable[Family]]) -> list[Family]:
    """Add up families of the same name, instrument by instrument; sorted by name. The parts are not changed."""
    whole: dict[str, Family] = {}
    for families in parts:
        for family in families:
            into = whole.get(family.name)
            if into is None:
                whole[family.name] = frozen([family])[0]
            elif into.kind is family.kind:
                _add(into, family)
    return [whole[name] for name in sorted(whole)]


def lasting(families: Iterable[Family]) -> list[Family]:
    """Leave out gauges: what a worker that has ended was at does not exist any more."""
    return [family for family in families if family.kind is not InstrumentKind.GAUGE]


class Ledger:
    """The last known metrics of each worker, and the sums that ended ones have left."""

    def __init__(self) -> None:
        self._current: dict[int, list[Family]] = {}
        self._left: list[Family] = []

    def note(self, worker: int, families: list[Family]) -> None:
        """Replace what was known of a worker."""
        self._current[worker] = families

    def close(self, worker: int) -> None:
        """Keep the sums of a worker that has ended; its successor starts at zero."""
        self._left = joined([self._left, lasting(self._current.pop(worker, []))])

    def families(self, own: Iterable[Family]) -> list[Family]:
        """Everything together with the supervisor's own."""
        return joined([own, self._left, *self._current.values()])


def _copy(family: Family, instruments: Mapping[tuple[tuple[str, str], ...], Instrument]) -> Family:
    return Family(family.name, family.kind, family.help, family.unit, family.level, family.scope, dict(instruments))


def _value(instrument: Instrument) -> Instrument:
    if isinstance(instrument, Histogram):
        histogram = Histogram(instrument.bounds)
        histogram.counts, histogram.sum = list(instrument.counts), instrument.sum
        return histogram
    gauge = Gauge()
    gauge.set(instrument.read())
    return gauge


def _add(into: Family, family: Family) -> None:
    for key, instrument in family.instruments.items():
        there = into.instruments.get(key)
        if there is None:
            into.instruments[key] = _value(instrument)
        elif isinstance(there, Histogram) and isinstance(instrument, Histogram):
            if there.bounds == instrument.bounds:
                there.counts = [a + b for a, b in zip(there.counts, instrument.counts, strict=True)]
                there.sum += instrument.sum
        elif isinstance(there, Counter) and not isinstance(instrument, Histogram):
            there.value += instrument.read()
