"""The collector's own metrics: one registry, and the named sets that receivers, processors and exporters keep.

Names, labels and levels are those of the Go collector (collector specification, section 9), without the `otelcol_` prefix,
which the exposition adds. A set is made once when a component is built and then costs an integer addition per request.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from otel_agent.config.component import ComponentId
from otel_agent.config.featuregates import RECEIVER_METRICS, process_gates
from otel_agent.pdata.telemetry import Signal
from otel_agent.telemetry.instruments import Counter, Gauge, Histogram, InstrumentKind, Observed
from otel_agent.telemetry.metric_sets import BatchMetrics, ExporterMetrics, LimiterMetrics, ProcessorMetrics, ReceiverMetrics

ITEM_NAMES = {Signal.TRACES: "spans", Signal.METRICS: "metric_points", Signal.LOGS: "log_records"}
"""How metric names call the items of a signal."""
ITEM_WORDS = {signal: name.replace("_", " ") for signal, name in ITEM_NAMES.items()}
"""How their descriptions do."""
ITEM_UNITS = {Signal.TRACES: "{spans}", Signal.METRICS: "{datapoints}", Signal.LOGS: "{records}"}
SEND_SIZE_BOUNDS = (
    *(10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000),
    *(10_000, 20_000, 30_000, 50_000, 100_000),
)
SEND_BYTES_BOUNDS = (*SEND_SIZE_BOUNDS, *(n * 100_000 for n in range(2, 10)), *(n * 1_000_000 for n in range(1, 10)))

_DURATION_BOUNDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels = Mapping[str, str]
Instrument = Counter | Gauge | Observed | Histogram


class Level(IntEnum):
    """service.telemetry.metrics.level; an instrument above the configured level still counts but is not shown."""

    NONE = 0
    BASIC = 1
    NORMAL = 2
    DETAILED = 3


@dataclass(slots=True)
class Family:
    """All instruments of one name; they differ by labels."""

    name: str
    kind: InstrumentKind
    help: str
    unit: str
    level: Level
    scope: str
    instruments: dict[tuple[tuple[str, str], ...], Instrument] = field(default_factory=dict)


class SelfMetrics:
    """Registry of the collector's own metrics.

    Asking again for the same name and labels gives the same instrument (not so for `observe`).
    """

    def __init__(self, level: Level = Level.NORMAL) -> None:
        self.level = level
        self.started = time.time_ns()
        """When the sums began, in nanoseconds since 1970."""
        self._families: dict[str, Family] = {}

    def counter(
        self, name: str, help_text: str, labels: Labels, *, unit: str = "", level: Level = Level.BASIC, scope: str = ""
    ) -> Counter:
        """Return a monotonic sum."""
        family = self._family(name, InstrumentKind.SUM, help_text, unit, level, scope)
        instrument = family.instruments.setdefault(_key(labels), Counter())
        assert isinstance(instrument, Counter)
        return instrument

    def gauge(
        self, name: str, help_text: str, labels: Labels, *, unit: str = "", level: Level = Level.BASIC, scope: str = ""
    ) -> Gauge:
        """Return a value that components set or add to (also for non-monotonic sums)."""
        family = self._family(name, InstrumentKind.GAUGE, help_text, unit, level, scope)
        instrument = family.instruments.setdefault(_key(labels), Gauge())
        assert isinstance(instrument, Gauge)
        return instrument

    def histogram(
        self,
        name: str,
        help_text: str,
        labels: Labels,
        bounds: Sequence[float],
        *,
        unit: str = "",
        level: Level = Level.NORMAL,
        scope: str = "",
    ) -> Histogram:
        """Return a histogram with the given upper bounds."""
        family = self._family(name, InstrumentKind.HISTOGRAM, help_text, unit, level, scope)
        instrument = family.instruments.setdefault(_key(labels), Histogram(bounds))
        assert isinstance(instrument, Histogram)
        return instrument

    def observe(
        self,
        name: str,
        help_text: str,
        labels: Labels,
        read: Callable[[], float],
        *,
        unit: str = "",
        kind: InstrumentKind = InstrumentKind.GAUGE,
        level: Level = Level.BASIC,
        scope: str = "",
    ) -> None:
        """Show what `read` returns at each scrape; replaces an earlier one of the same name and labels.

        A sum goes on from what the earlier one had: its component was replaced in a reload, and counts from zero.
        """
        instruments = self._family(name, kind, help_text, unit, level, scope).instruments
        before = instruments.get(_key(labels))
        if kind is InstrumentKind.SUM and isinstance(before, Counter | Observed) and (base := before.read()):
            source, read = read, lambda: base + source()
        instruments[_key(labels)] = Observed(read)

    def forget_observed(self) -> None:
        """Drop the values that components compute: after they have stopped, nothing answers for them. Counters and sums stay."""
        for family in self._families.values():
            for key in [key for key, instrument in family.instruments.items() if key and isinstance(instrument, Observed)]:
                _forget(family, key)

    def forget_component(self, kind: str, component: str, data_type: str) -> None:
        """Drop what one component computed: after a reload without it, nothing answers for it. Counters and sums stay."""
        for family in self._families.values():
            for key in [key for key, instrument in family.instruments.items() if isinstance(instrument, Observed)]:
                labels = dict(key)
                if labels.get(kind) == component and labels.get("data_type", data_type) == data_type:
                    _forget(family, key)

    def forget_series(self, label: str, value: str) -> None:
        """Drop all instruments with this label, whatever their kind: what they are of is gone for good."""
        for family in self._families.values():
            for key in [key for key in family.instruments if (label, value) in key]:
                del family.instruments[key]

    def families(self) -> Iterable[Family]:
        """Return the families that the level shows, sorted by name."""
        return [self._families[name] for name in sorted(self._families) if self._families[name].level <= self.level]

    async def current(self) -> Iterable[Family]:
        """Return the same after making sure that the values are of now; for those who show them."""
        return self.families()

    def receiver(self, component: ComponentId, transport: str, signal: Signal) -> ReceiverMetrics:
        """Counters of one receiver; `transport` is "grpc", "http" or what the receiver calls it."""
        items, words = ITEM_NAMES[signal], ITEM_WORDS[signal]
        labels = {"receiver": str(component), "transport": transport}
        requests = None
        if process_gates().enabled(RECEIVER_METRICS):
            name, text = "receiver_requests", "Number of requests to the receiver."
            requests = {
                outcome: self.counter(name, text, {**labels, "outcome": outcome}, unit="{requests}")
                for outcome in ("success", "refused", "failure")
            }
        return ReceiverMetrics(
            self._items(signal, f"receiver_accepted_{items}", f"Number of {words} taken by the pipeline.", labels),
            self._items(signal, f"receiver_refused_{items}", f"Number of {words} that the pipeline did not take.", labels),
            self._items(signal, f"receiver_failed_{items}", f"Number of {words} that a fault kept from being taken.", labels),
            requests,
        )

    def processor(self, component: ComponentId, signal: Signal) -> ProcessorMetrics:
        """Counters of items into and out of a processor; the engine keeps them for every processor."""
        labels = {"processor": str(component), "otel_signal": str(signal)}
        return ProcessorMetrics(
            self.counter("processor_incoming_items", "Number of items given to the processor.", labels, unit="{items}"),
            self.counter("processor_outgoing_items", "Number of items the processor handed on.", labels, unit="{items}"),
        )

    def processor_duration(self, component: ComponentId, signal: Signal) -> Histogram:
        """Seconds that a processor spends on a request, without what comes after it."""
        labels = {"processor": str(component), "otel_signal": str(signal)}
        name, text = "processor_internal_duration", "Time a processor took for a request, without what comes after it."
        return self.histogram(name, text, labels, _DURATION_BOUNDS, unit="s", level=Level.DETAILED)

    def limiter(self, component: ComponentId, signal: Signal) -> LimiterMetrics:
        """Count accepted and refused items of a processor that may refuse (memory_limiter), by its older and its newer names."""
        items, words, labels = ITEM_NAMES[signal], ITEM_WORDS[signal], {"processor": str(component)}
        prefix = "processor_memory_limiter"
        accepted = self._items(signal, f"{prefix}_accepted_{items}", f"Number of {words} let through.", labels)
        refused = self._items(signal, f"{prefix}_refused_{items}", f"Number of {words} refused.", labels)
        for what, counter in (("accepted", accepted), ("refused", refused)):
            name, text = f"processor_{what}_{items}", f"As {prefix}_{what}_{items}."
            self._family(name, InstrumentKind.SUM, text, ITEM_UNITS[signal], Level.BASIC, "").instruments[_key(labels)] = counter
        return LimiterMetrics(accepted, refused)

    def exporter(self, component: ComponentId, signal: Signal) -> ExporterMetrics:
        """Counters of one exporter and signal."""
        items, words, labels = ITEM_NAMES[signal], ITEM_WORDS[signal], {"exporter": str(component)}
        in_flight_labels = {**labels, "data_type": str(signal)}
        return ExporterMetrics(
            self._items(signal, f"exporter_sent_{items}", f"Number of {words} sent to the destination.", labels),
            self._items(signal, f"exporter_send_failed_{items}", f"Number of {words} that could not be sent.", labels),
            self._items(signal, f"exporter_enqueue_failed_{items}", f"Number of {words} that the queue did not take.", labels),
            self.gauge("exporter_in_flight_requests", "Requests now being sent.", in_flight_labels, unit="{requests}"),
        )

    def exporter_queue(
        self, component: ComponentId, signal: Signal, size: Callable[[], float], capacity: Callable[[], float]
    ) -> None:
        """Show a sending queue's size and capacity, in the queue's own unit."""
        labels = {"exporter": str(component), "data_type": str(signal)}
        self.observe("exporter_queue_size", "Current size of the sending queue.", labels, size, unit="{batches}")
        self.observe("exporter_queue_capacity", "Capacity of the sending queue.", labels, capacity, unit="{batches}")

    def batch(self, component: ComponentId) -> BatchMetrics:
        """Metrics of one batch processor id (shared by its pipelines)."""
        labels, name = {"processor": str(component)}, "processor_batch"
        normal, times = Level.NORMAL, "{times}"
        return BatchMetrics(
            self.histogram(f"{name}_batch_send_size", "Items in a sent batch.", labels, SEND_SIZE_BOUNDS, unit="{units}"),
            self.histogram(
                f"{name}_batch_send_size_bytes",
                "Bytes in a sent batch.",
                labels,
                SEND_BYTES_BOUNDS,
                unit="By",
                level=Level.DETAILED,
            ),
            self.counter(f"{name}_batch_size_trigger_send", "Batches sent for their size.", labels, unit=times, level=normal),
            self.counter(f"{name}_timeout_trigger_send", "Batches sent after the timeout.", labels, unit=times, level=normal),
            self.gauge(
                f"{name}_metadata_cardinality", "Metadata value combinations.", labels, unit="{combinations}", level=normal
            ),
        )

    def _items(self, signal: Signal, name: str, help_text: str, labels: Labels) -> Counter:
        return self.counter(name, help_text, labels, unit=ITEM_UNITS[signal])

    def _family(self, name: str, kind: InstrumentKind, help_text: str, unit: str, level: Level, scope: str) -> Family:
        family = self._families.get(name)
        if family is None:
            family = self._families[name] = Family(name, kind, help_text, unit, level, scope or _scope(name))
        elif family.kind is not kind:
            raise ValueError(f"metric {name} is already registered as a {family.kind}, not a {kind}")
        return family


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _forget(family: Family, key: tuple[tuple[str, str], ...]) -> None:
    """Drop a value that is computed; of a sum, keep what it came to."""
    gone = family.instruments.pop(key)
    if family.kind is InstrumentKind.SUM and isinstance(gone, Observed):
        kept = family.instruments[key] = Counter()
        kept.value = gone.read()


def _scope(name: str) -> str:
    """Instrumentation scope by the part of the collector that a metric name speaks of."""
    return f"otel_agent.{name.partition('_')[0]}"
