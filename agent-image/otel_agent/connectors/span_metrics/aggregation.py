"""Adds spans up and writes what came of it: the connector without its clock and its neighbours."""

import time
from collections.abc import Callable
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from otel_agent.connectors.span_metrics.config import DEFAULT_BUCKETS, DELTA, SpanMetricsConfig
from otel_agent.connectors.span_metrics.dimensions import KeyMaker
from otel_agent.connectors.span_metrics.histograms import ExplicitHistogram, ExponentialHistogram
from otel_agent.connectors.span_metrics.output import write
from otel_agent.connectors.span_metrics.series import Count, Exemplar, ResourceMetrics, Series, SeriesSet
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal

_UNITS = {"ms": 1e6, "s": 1e9}
"""Nanoseconds in one."""


class Aggregation:
    """All resources and their series."""

    def __init__(self, config: SpanMetricsConfig, now: Callable[[], int] = time.time_ns) -> None:
        self._config = config
        self._now = now
        self.delta = config.aggregation_temporality == DELTA
        self._per_unit = _UNITS[config.histogram.unit]
        excluded, scopes = config.exclude_dimensions, config.include_instrumentation_scope
        self.calls = KeyMaker(excluded, [*config.dimensions, *config.calls_dimensions], scopes)
        self.durations = KeyMaker(excluded, [*config.dimensions, *config.histogram.dimensions], scopes)
        self._same_keys = not config.calls_dimensions and not config.histogram.dimensions
        self.events = KeyMaker(excluded, [*config.dimensions, *config.events.dimensions], scopes)
        self._looks_at_attributes = bool(config.dimensions or config.calls_dimensions or config.histogram.dimensions)
        self._exemplars = config.exemplars.max_per_data_point if config.exemplars.enabled else 0
        self.resources: dict[bytes, ResourceMetrics] = {}
        self.evicted = 0
        """Resources forgotten because there were too many."""
        self.overflowed_before = 0

    @property
    def overflowed(self) -> int:
        """Times that a span was added to the series of the overflow."""
        now = sum(found.overflowed for one in self.resources.values() for found in (one.calls, one.durations, one.events))
        return self.overflowed_before + now

    def add(self, data: bytes) -> None:
        """Count the spans of a request; `InvalidTelemetry` when it is malformed. A resource without service.name is left out."""
        now = self._now()
        for group in parse(Signal.TRACES, data).resource_spans:
            attributes = {entry.key: entry.value for entry in group.resource.attributes}
            service = attributes.get("service.name")
            if service is None:
                continue
            metrics = self._resource(group.resource, attributes, now)
            for scope in group.scope_spans:
                for span in scope.spans:
                    self._add_span(metrics, service.string_value, span, scope.scope, attributes, now)

    def flush(self) -> bytes:
        """Return an ExportMetricsServiceRequest of all series, empty when there are none, and begin the next interval."""
        now = self._now()
        self._expire(now)
        request = ExportMetricsServiceRequest()
        for metrics in self.resources.values():
            write(request, self._config, self, metrics, now)
        for metrics in self.resources.values():
            for found in (metrics.calls, metrics.durations, metrics.events):
                found.after_flush(now, delta=self.delta)
            metrics.start = now if self.delta else metrics.start
        return request.SerializeToString()

    def _add_span(
        self, metrics: ResourceMetrics, service: str, span: Any, scope: Any, resource: dict[str, Any], now: int
    ) -> None:
        own = {entry.key: entry.value for entry in span.attributes} if self._looks_at_attributes else {}
        duration = max(0, span.end_time_unix_nano - span.start_time_unix_nano) / self._per_unit
        key = self.calls.key(service, span, scope, own, resource)
        calls = metrics.calls.of(key, now)
        calls.value.value += 1
        self._add_exemplar(calls, span, duration)
        if not self._config.histogram.disable:
            key = key if self._same_keys else self.durations.key(service, span, scope, own, resource)
            durations = metrics.durations.of(key, now)
            durations.value.record(duration)
            self._add_exemplar(durations, span, duration)
        if self._config.events.enabled:
            for event in span.events:
                of_event = {entry.key: entry.value for entry in event.attributes}
                events = metrics.events.of(self.events.key(service, span, scope, of_event, own, resource), now)
                events.value.value += 1
                self._add_exemplar(events, span, duration)

    def _add_exemplar(self, series: Series[Any], span: Any, duration: float) -> None:
        if len(series.exemplars) < self._exemplars and span.trace_id:
            series.exemplars.append(Exemplar(span.trace_id, span.span_id, duration, span.end_time_unix_nano))

    def _resource(self, resource: Any, attributes: dict[str, Any], now: int) -> ResourceMetrics:
        chosen = self._config.resource_metrics_key_attributes or sorted(attributes)
        parts = [name.encode() + b"=" + attributes[name].SerializeToString() for name in chosen if name in attributes]
        key = b"\0".join(parts)
        found = self.resources.pop(key, None)
        if found is None:
            if len(self.resources) >= self._config.resource_metrics_cache_size:
                self._forget(next(iter(self.resources)))
                self.evicted += 1
            limit = self._config.aggregation_cardinality_limit
            kept = type(resource)()
            kept.CopyFrom(resource)  # the request that it is part of must not be kept with it
            found = ResourceMetrics(
                kept, SeriesSet(Count, limit), SeriesSet(self._make_histogram, limit), SeriesSet(Count, limit), now, now
            )
        found.seen = now
        self.resources[key] = found  # the last: the first is the one that was seen least recently
        return found

    def _make_histogram(self) -> ExplicitHistogram | ExponentialHistogram:
        config = self._config.histogram
        if config.exponential is not None:
            return ExponentialHistogram(config.exponential.max_size)
        seconds = DEFAULT_BUCKETS if config.explicit is None else config.explicit.buckets
        return ExplicitHistogram([bound * 1e9 / self._per_unit for bound in seconds])

    def _expire(self, now: int) -> None:
        config = self._config
        if config.metrics_expiration:
            before = now - int(config.metrics_expiration * 1e9)
            for key in [key for key, metrics in self.resources.items() if metrics.seen < before]:
                self._forget(key)
        if config.series_expiration:
            before = now - int(config.series_expiration * 1e9)
            for metrics in self.resources.values():
                for found in (metrics.calls, metrics.durations, metrics.events):
                    found.expire(before)

    def _forget(self, key: bytes) -> None:
        gone = self.resources.pop(key)
        self.overflowed_before += sum(found.overflowed for found in (gone.calls, gone.durations, gone.events))
