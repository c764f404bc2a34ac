"""Points that are not shown: counted by reason, told in the log at most once a minute for each metric."""

import logging
import time
from collections.abc import Callable
from enum import StrEnum

from otel_agent.config.component import ComponentId
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.telemetry.sampling import Sampler

_LOG_SECONDS = 60.0
_MOST_NAMED = 100
"""Metrics that the counter of limited series tells apart; further ones count as `other`."""
_OTHER = ("other", "other")


class Reason(StrEnum):
    """Why a point is not shown."""

    TYPE_CONFLICT = "type_conflict"
    TEMPORALITY = "temporality"
    MISALIGNED = "misaligned"
    INVALID_NAME = "invalid_name"
    SERIES_LIMIT = "series_limit"
    SCALE = "scale"
    RANGE = "range"


_TEXTS = {
    Reason.TYPE_CONFLICT: "Points dropped: another metric with the same Prometheus name has a different type",
    Reason.TEMPORALITY: "Points dropped: sums and histograms must be cumulative, or delta and monotonic",
    Reason.MISALIGNED: "Points dropped: a delta begins before the last one ended",
    Reason.INVALID_NAME: "Points dropped: the metric or one of its attributes has no valid Prometheus name",
    Reason.SERIES_LIMIT: "Points of new series dropped: the metric has as many series as allowed",
    Reason.RANGE: "Series not shown: its numbers are beyond those of the protobuf format",
    Reason.SCALE: "Histogram not shown: its scale is coarser than native histograms can be",
}


class Refusals:
    """Counters and log lines of one exporter."""

    def __init__(
        self, metrics: SelfMetrics, component: ComponentId, logger: logging.Logger, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._metrics = metrics
        self._labels = {"exporter": str(component)}
        self._logger = logger
        self._sampler = Sampler(1, 0, _LOG_SECONDS, clock)
        self._counters: dict[str, Counter] = {}
        self._blamed: dict[str, tuple[str, str]] = {}

    def add(self, reason: Reason, metric: str, points: int = 1, **details: object) -> None:
        """Count points of a metric."""
        self._counter(reason).value += points
        if self._sampler.admit((reason, metric)):
            self._logger.warning(_TEXTS[reason], extra={"metric": metric, **details})

    def limited(self, metric: str, limit: int, attribute: Callable[[], str]) -> None:
        """Count a point beyond the series limit; `attribute()` finds, at some cost, the label with most values."""
        self._counter(Reason.SERIES_LIMIT).value += 1
        if self._sampler.admit((Reason.SERIES_LIMIT, metric)):
            name = attribute()
            self._logger.warning(_TEXTS[Reason.SERIES_LIMIT], extra={"metric": metric, "limit": limit, "attribute": name})
            if metric in self._blamed or len(self._blamed) < _MOST_NAMED:
                self._blamed[metric] = (metric, name)
        key = self._blamed.get(metric, _OTHER)
        name, text = "exporter_prometheus_limited_points", "Points of series beyond the limit, and the label with most values."
        labels = {**self._labels, "metric": key[0], "attribute": key[1]}
        self._metrics.counter(name, text, labels, unit="{datapoints}").value += 1

    def help_conflict(self, metric: str, existing: str, dropped: str) -> None:
        """Tell that two metrics of one name are described differently; nothing is dropped but words."""
        if self._sampler.admit(("help", metric)):
            details = {"metric": metric, "existing": existing, "dropped": dropped}
            self._logger.info("Metrics of one name have different descriptions, the first is shown", extra=details)

    def _counter(self, reason: Reason) -> Counter:
        counter = self._counters.get(reason)
        if counter is None:
            name, text = "exporter_prometheus_dropped_points", "Points that the prometheus exporter does not show, by reason."
            counter = self._metrics.counter(name, text, {**self._labels, "reason": str(reason)}, unit="{datapoints}")
            self._counters[reason] = counter
        return counter
