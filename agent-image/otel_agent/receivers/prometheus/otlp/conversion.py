"""The metrics of one target over time: what a scrape brought, what is gone since the last one, and how the scrape went."""

from collections.abc import Callable
from dataclasses import dataclass

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError
from otel_agent.receivers.prometheus.exposition.text import Reading
from otel_agent.receivers.prometheus.otlp.catalog import Catalog
from otel_agent.receivers.prometheus.otlp.layout import Layout, arrange
from otel_agent.receivers.prometheus.otlp.points import Points, encode
from otel_agent.receivers.prometheus.otlp.request import RequestRules, assemble
from otel_agent.receivers.prometheus.otlp.series import Family, Series

REPORTS = (
    Family("up", "gauge", "The scraping was successful"),
    Family("scrape_duration_seconds", "gauge", "Duration of the scrape", "seconds"),
    Family("scrape_samples_scraped", "gauge", "The number of samples the target exposed"),
    Family(
        "scrape_samples_post_metric_relabeling", "gauge", "The number of samples remaining after metric relabeling was applied"
    ),
    Family("scrape_series_added", "gauge", "The approximate number of new series in this scrape"),
)
"""Metrics about every scrape."""
EXTRA_REPORTS = (
    Family("scrape_timeout_seconds", "gauge", "The configured scrape timeout for the target", "seconds"),
    Family("scrape_sample_limit", "gauge", "The configured sample limit for the target"),
    Family("scrape_body_size_bytes", "gauge", "The uncompressed size of the last scrape response", "bytes"),
)
"""Those of `extra_scrape_metrics`."""

Read = Callable[[Catalog, Reading], None]
"""Reads a body; `ExpositionError` when it cannot."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a scrape gives to the pipeline."""

    data: bytes
    points: int
    samples: int
    """Samples that the target exposed."""
    duplicates: int
    error: ExpositionError | None
    """Why the body was not taken."""


class TargetConversion:
    """State of one target: its catalog, and the series of its last scrape. Not for use by two threads at once."""

    def __init__(
        self, catalog: Catalog, rules: RequestRules, *, sample_limit: int = 0, track_timestamps: bool = False, extra: bool = False
    ) -> None:
        self._catalog = catalog
        self._rules = rules
        self._sample_limit = sample_limit
        self._track_timestamps = track_timestamps
        self._reports = [
            (family, catalog.report(family.name, family)) for family in (*REPORTS, *(EXTRA_REPORTS if extra else ()))
        ]
        self._epoch = 0
        self._last: list[Series] = []
        self._layout = Layout()

    def scraped(self, read: Read, time: int, seconds: Callable[[], float], timeout: float, size: int) -> Request:
        """Convert what `read` finds; a body that cannot be read counts as a failed scrape.

        `time` is the scrape's, in milliseconds since 1970; `seconds` gives how long it took once all is read.
        """
        self._epoch += 1
        reading = Reading(self._epoch, self._sample_limit)
        error: ExpositionError | None = None
        try:
            read(self._catalog, reading)
        except ExpositionError as found:
            error = found
        samples = len(reading.series)
        kept = arrange(reading.series, self._catalog.rules.target_labels).samples if error is not None else 0
        if error is not None:
            reading = Reading(self._epoch)
        gone, added = self._compare(reading)
        if error is None:
            kept = self._layout.samples
        self._catalog.prune(self._epoch, len(reading.series))
        values = (float(error is None), seconds(), samples, kept, added, timeout, self._sample_limit, size)
        return self._request(gone, values, time, samples, reading.duplicates, error)

    def failed(self, time: int, seconds: float, timeout: float, size: int) -> Request:
        """Convert a scrape that brought no body: every series is gone."""
        self._epoch += 1
        gone, _ = self._compare(Reading(self._epoch))
        return self._request(gone, (0.0, seconds, 0, 0, 0, timeout, self._sample_limit, size), time, 0, 0, None)

    def ended(self, time: int) -> Request:
        """Say that the target is no longer scraped: its series are gone, those about its scrapes too."""
        self._epoch += 1
        gone, _ = self._compare(Reading(self._epoch))
        points: Points = {}
        encode(arrange([*gone, *(series for _, series in self._reports)], {}), time, stale=True, into=points)
        data, total = assemble(points, Layout(), self._rules)
        return Request(data, total, 0, 0, None)

    def _compare(self, reading: Reading) -> tuple[list[Series], int]:
        """Return the series that are gone, and the number of new ones; afterwards `_layout` is that of this scrape."""
        before, now = self._last, reading.series
        self._last = now
        if before == now and not self._catalog.changed and not reading.stale:
            return [], 0
        self._catalog.changed = False
        self._layout = arrange(now, self._catalog.rules.target_labels)
        known = {series.identity for series in before}
        alive = {series.identity for series in now}
        gone = [series for series in before if series.identity not in alive and self._tracked(series)]
        gone += [series for series in reading.stale if series.identity not in alive and series not in gone]
        return gone, sum(1 for identity in alive if identity not in known)

    def _tracked(self, series: Series) -> bool:
        """Series with times of their own do not go stale, unless asked for."""
        return self._track_timestamps or series.extra is None or series.extra.timestamp is None

    def _request(
        self,
        gone: list[Series],
        values: tuple[float, ...],
        time: int,
        samples: int,
        duplicates: int,
        error: ExpositionError | None,
    ) -> Request:
        points: Points = {}
        encode(self._layout, time, stale=False, into=points)
        if gone:
            encode(arrange(gone, self._catalog.rules.target_labels), time, stale=True, into=points)
        for (_, series), value in zip(self._reports, values, strict=False):
            series.value = float(value)
        encode(arrange([series for _, series in self._reports], {}), time, stale=False, into=points)
        data, total = assemble(points, self._layout, self._rules)
        return Request(data, total, samples, duplicates, error)
