"""Configuration of the span_metrics connector."""

import itertools
from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration, NoneBlock

CUMULATIVE: Literal["AGGREGATION_TEMPORALITY_CUMULATIVE"] = "AGGREGATION_TEMPORALITY_CUMULATIVE"
DELTA = "AGGREGATION_TEMPORALITY_DELTA"
DEFAULT_BUCKETS = (0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.4, 2.0, 5.0, 10.0, 15.0)
"""Seconds."""
FIXED_DIMENSIONS = ("service.name", "span.name", "span.kind", "status.code")
SCOPE_DIMENSIONS = ("span.instrumentation.scope.name", "span.instrumentation.scope.version")


class Dimension(ConfigModel):
    """An attribute of the span, or else of its resource, that becomes one of the series."""

    name: str
    default: str | None = None
    """For spans without it; without a default they have no such attribute."""


class ExplicitConfig(ConfigModel):
    """Buckets with given bounds."""

    buckets: list[Duration] = Field(default_factory=lambda: list(DEFAULT_BUCKETS))
    """Upper bounds, in seconds."""


class ExponentialConfig(ConfigModel):
    """Buckets whose bounds grow by a factor that is chosen by what comes."""

    max_size: int = Field(default=160, ge=2, le=16_384)
    """Most buckets."""


class HistogramConfig(ConfigModel):
    """The histogram of durations."""

    disable: bool = False
    unit: Literal["ms", "s"] = "ms"
    explicit: NoneBlock[ExplicitConfig] = None
    exponential: NoneBlock[ExponentialConfig] = None
    dimensions: list[Dimension] = Field(default_factory=list)
    """For the durations only."""

    @model_validator(mode="after")
    def check_buckets(self) -> Self:
        """Refuse both kinds of buckets at once, and bounds that do not rise."""
        if self.explicit is not None and self.exponential is not None:
            raise ValueError("use either 'explicit' or 'exponential' buckets")
        buckets = self.explicit.buckets if self.explicit is not None else []
        if any(one >= other for one, other in itertools.pairwise(buckets)):
            raise ValueError("explicit::buckets: each bound must be greater than the one before")
        return self


class ExemplarsConfig(ConfigModel):
    """Ids of spans beside the numbers, so that one finds the trace behind a figure."""

    enabled: bool = False
    max_per_data_point: int = Field(default=5, ge=1)
    """Between two flushes."""


class EventsConfig(ConfigModel):
    """A count of span events."""

    enabled: bool = False
    dimensions: list[Dimension] = Field(default_factory=list)
    """Attributes of the event."""

    @model_validator(mode="after")
    def check_dimensions(self) -> Self:
        """Demand dimensions."""
        if self.enabled and not self.dimensions:
            raise ValueError("'dimensions' are needed when events are enabled")
        return self


class SpanMetricsConfig(ConfigModel):
    """What is counted, by which attributes, and how often it is handed on."""

    namespace: str = "traces.span.metrics"
    """Before the metrics' names."""
    histogram: HistogramConfig = Field(default_factory=HistogramConfig)
    dimensions: list[Dimension] = Field(default_factory=list)
    calls_dimensions: list[Dimension] = Field(default_factory=list)
    """For the count of calls only."""
    exclude_dimensions: list[str] = Field(default_factory=list)
    """Of service.name, span.name, span.kind and status.code."""
    include_instrumentation_scope: list[str] = Field(default_factory=list)
    """Names of scopes whose spans get the scope's name and version as attributes."""
    dimensions_cache_size: int = Field(default=1000, ge=1)
    """Accepted for configurations of the Go connector; series are not looked up by a cache of texts here."""
    resource_metrics_cache_size: int = Field(default=1000, ge=1)
    """Most resources; beyond it the one that was seen least recently is forgotten."""
    resource_metrics_key_attributes: list[str] = Field(default_factory=list)
    """Resources that agree in these attributes are one; without any, all attributes count."""
    aggregation_temporality: Literal["AGGREGATION_TEMPORALITY_CUMULATIVE", "AGGREGATION_TEMPORALITY_DELTA"] = CUMULATIVE
    metrics_flush_interval: Duration = 60.0
    metrics_expiration: Duration = 0.0
    """A resource without spans for so long is forgotten; 0 is never."""
    series_expiration: Duration = 0.0
    """A series without spans for so long is forgotten; 0 is never."""
    metric_timestamp_cache_size: int = Field(default=1000, ge=1)
    """Accepted for configurations of the Go connector; each series knows its own times here."""
    exemplars: ExemplarsConfig = Field(default_factory=ExemplarsConfig)
    events: EventsConfig = Field(default_factory=EventsConfig)
    aggregation_cardinality_limit: int = Field(default=0, ge=0)
    """Most series of one metric of one resource; the others are added up in one with otel.metric.overflow=true. 0 is no limit."""
    add_resource_attributes: bool = True
    """Whether the metrics have the resource's attributes; the Go connector has this off behind a feature gate."""

    @model_validator(mode="after")
    def check_dimensions_and_times(self) -> Self:
        """Refuse dimensions named twice, exclusions that exclude nothing, and times that are none."""
        for name, own in (("calls_dimensions", self.calls_dimensions), ("histogram::dimensions", self.histogram.dimensions)):
            _check_names(name, own)
        _check_names("dimensions", self.dimensions)
        _check_names("events::dimensions", self.events.dimensions)
        for name in self.exclude_dimensions:
            if name not in FIXED_DIMENSIONS:
                raise ValueError(f"exclude_dimensions: {name!r} is none of {', '.join(FIXED_DIMENSIONS)}")
        if self.metrics_flush_interval <= 0:
            raise ValueError("'metrics_flush_interval' must be positive")
        if self.metrics_expiration < 0 or self.series_expiration < 0:
            raise ValueError("'metrics_expiration' and 'series_expiration' must not be negative")
        return self


def _check_names(where: str, dimensions: list[Dimension]) -> None:
    seen = set(FIXED_DIMENSIONS)
    for dimension in dimensions:
        if dimension.name in seen:
            raise ValueError(f"{where}: duplicate dimension name {dimension.name!r}")
        seen.add(dimension.name)
