"""Writes the metrics of one resource as OTLP."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from otel_agent.connectors.span_metrics.config import SpanMetricsConfig
from otel_agent.connectors.span_metrics.dimensions import KeyMaker
from otel_agent.connectors.span_metrics.series import Count, Exemplar, Key, ResourceMetrics, Series

if TYPE_CHECKING:
    from otel_agent.connectors.span_metrics.aggregation import Aggregation

SCOPE = "spanmetricsconnector"
"""As the Go connector's."""


def write(request: Any, config: SpanMetricsConfig, keys: "Aggregation", metrics: ResourceMetrics, now: int) -> None:
    """Add the metrics that have series to a request; `now` in nanoseconds since 1970."""
    if not (metrics.calls.series or metrics.durations.series or metrics.events.series):
        return
    group = request.resource_metrics.add()
    if config.add_resource_attributes:
        group.resource.CopyFrom(metrics.resource)
    scope = group.scope_metrics.add()
    scope.scope.name = SCOPE
    writer = _Writer(scope, config, metrics.start, now, delta=keys.delta)
    writer.counts("calls", keys.calls, metrics.calls.series)
    writer.durations(keys.durations, metrics.durations.series)
    writer.counts("events", keys.events, metrics.events.series)


class _Writer:
    def __init__(self, scope: Any, config: SpanMetricsConfig, start: int, now: int, *, delta: bool) -> None:
        self._metrics = scope.metrics
        self._prefix = f"{config.namespace}." if config.namespace else ""
        self._histogram = config.histogram
        self._start = start
        self._now = now
        self._delta = delta
        self._temporality = (
            AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
            if delta
            else AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        )

    def counts(self, name: str, keys: KeyMaker, series: Mapping[Key, Series[Count]]) -> None:
        if not series:
            return
        data = self._metrics.add(name=self._prefix + name).sum
        data.is_monotonic, data.aggregation_temporality = True, self._temporality
        for key, one in series.items():
            point = data.data_points.add(as_int=one.value.value)
            self._fill(point, keys, key, one)

    def durations(self, keys: KeyMaker, series: Mapping[Key, Series[Any]]) -> None:
        if not series:
            return
        metric = self._metrics.add(name=self._prefix + "duration", unit=self._histogram.unit)
        data = metric.histogram if self._histogram.exponential is None else metric.exponential_histogram
        data.aggregation_temporality = self._temporality
        for key, one in series.items():
            point = data.data_points.add()
            one.value.fill(point)
            self._fill(point, keys, key, one)

    def _fill(self, point: Any, keys: KeyMaker, key: Key, series: Series[Any]) -> None:
        point.start_time_unix_nano = self._start if self._delta else series.start
        point.time_unix_nano = self._now
        keys.fill(key, point.attributes)
        for exemplar in series.exemplars:
            _add(point.exemplars, exemplar)


def _add(exemplars: Any, exemplar: Exemplar) -> None:
    exemplars.add(trace_id=exemplar.trace_id, span_id=exemplar.span_id, as_double=exemplar.value, time_unix_nano=exemplar.time)
