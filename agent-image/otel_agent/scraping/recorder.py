"""The points of one resource in one scrape: only of metrics that are enabled, joined where attributes are left out."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric, ResourceMetrics

from otel_agent.config.blocks.scraping import MetricConfig, MetricDefinition, ScraperConfig

Number = int | float
AttributeValue = str | int
_UNCHANGED = MetricConfig()
_CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE


class Recorder:
    """Collects points by metric, and makes an OTLP ResourceMetrics of them; may then be filled again."""

    def __init__(self, config: ScraperConfig) -> None:
        self._series = {
            definition.name: series
            for definition in config.METRICS
            if (series := _series(definition, config.metrics.get(definition.name, _UNCHANGED))) is not None
        }

    def wants(self, *names: str) -> bool:
        """Whether one of the metrics is enabled, so that reading their source is worth it."""
        return any(name in self._series for name in names)

    def add(self, name: str, value: Number, *attributes: AttributeValue) -> None:
        """Record a point with the values of the metric's attributes; nothing for a metric that is not enabled."""
        series = self._series.get(name)
        if series is not None:
            series.add(value, attributes)

    def take(
        self, scope: str, version: str, *, start: int, now: int, resource: Mapping[str, AttributeValue]
    ) -> ResourceMetrics | None:
        """Return what was recorded since the last call, None for nothing. Times are nanoseconds since 1970."""
        filled = [series for series in self._series.values() if series.points]
        if not filled:
            return None
        made = ResourceMetrics(schema_url="https://opentelemetry.io/schemas/1.9.0")
        for key, value in resource.items():
            _set(made.resource.attributes.add(key=key).value, value)
        scope_metrics = made.scope_metrics.add()
        scope_metrics.scope.name, scope_metrics.scope.version = scope, version
        for series in filled:
            series.write(scope_metrics.metrics.add(), start, now)
        return made


class _Series:
    """The points of one metric."""

    def __init__(self, definition: MetricDefinition, kept: tuple[int, ...], strategy: str) -> None:
        self.points: dict[tuple[AttributeValue, ...], Number] = {}
        self._definition = definition
        self._kept = None if kept == tuple(range(len(definition.attributes))) else kept
        self._keys = tuple(definition.attributes[index] for index in kept)
        self._strategy = strategy
        self._counts: dict[tuple[AttributeValue, ...], int] = {}

    def add(self, value: Number, attributes: tuple[AttributeValue, ...]) -> None:
        if self._kept is not None:
            attributes = tuple(attributes[index] for index in self._kept)
        before = self.points.get(attributes)
        if before is None:
            self.points[attributes] = value
            return
        match self._strategy:
            case "min":
                self.points[attributes] = min(before, value)
            case "max":
                self.points[attributes] = max(before, value)
            case _:
                self.points[attributes] = before + value
                self._counts[attributes] = self._counts.get(attributes, 1) + 1

    def write(self, metric: Metric, start: int, now: int) -> None:
        definition = self._definition
        metric.name, metric.unit, metric.description = definition.name, definition.unit, definition.description
        target: Any = metric.gauge
        if definition.kind != "gauge":
            target = metric.sum
            target.aggregation_temporality = _CUMULATIVE
            target.is_monotonic = definition.kind == "monotonic"
        points = target.data_points
        field, make = ("as_int", int) if definition.number is int else ("as_double", float)
        for attributes, value in self.points.items():
            if self._strategy == "avg" and attributes in self._counts:
                value = value / self._counts[attributes]
            point = points.add(start_time_unix_nano=start, time_unix_nano=now, **{field: make(value)})
            for key, text in zip(self._keys, attributes, strict=True):
                _set(point.attributes.add(key=key).value, text)
        self.points = {}
        self._counts = {}


def _series(definition: MetricDefinition, config: MetricConfig) -> _Series | None:
    if not (definition.enabled if config.enabled is None else config.enabled):
        return None
    strategy = config.aggregation_strategy or ("avg" if definition.kind == "gauge" else "sum")
    wanted = definition.attributes if config.attributes is None else config.attributes
    kept = tuple(index for index, name in enumerate(definition.attributes) if name in wanted)
    return _Series(definition, kept, strategy)


def _set(target: Any, value: AttributeValue) -> None:
    if isinstance(value, str):
        target.string_value = value
    else:
        target.int_value = value
