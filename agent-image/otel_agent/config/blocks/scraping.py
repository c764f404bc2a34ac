"""What receivers that scrape metrics on a schedule share: when, and which metrics and attributes (specification 3.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.name_filters import AttributeFilter
from otel_agent.config.model import ConfigModel, Duration

Kind = Literal["gauge", "sum", "monotonic"]
"""sum: cumulative and not monotonic; monotonic: cumulative."""
Strategy = Literal["sum", "avg", "min", "max"]


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric that a scraper can report."""

    name: str
    unit: str
    kind: Kind
    number: type[int] | type[float]
    attributes: tuple[str, ...] = ()
    """Keys of the attributes of its points, in the order in which the scraper gives their values."""
    enabled: bool = True
    description: str = ""


class ScheduleConfig(ConfigModel):
    """When a receiver scrapes."""

    collection_interval: Duration = 60.0
    initial_delay: Duration = 1.0
    """From the start to the first scrape."""
    timeout: Duration = 0.0
    """Of one scrape; 0 is none, but a scrape that goes on is not started a second time."""

    @model_validator(mode="after")
    def check_schedule(self) -> Self:
        """Refuse an interval that is not positive and a negative delay or timeout."""
        if self.collection_interval <= 0:
            raise ValueError("collection_interval must be greater than 0")
        if self.initial_delay < 0 or self.timeout < 0:
            raise ValueError("initial_delay and timeout must not be negative")
        return self


class MetricConfig(ConfigModel):
    """Of one metric; what is not given is as the metric's definition has it."""

    enabled: bool | None = None
    aggregation_strategy: Strategy | None = None
    """How points are joined that differ only by attributes that are left out; sum for sums, avg for gauges."""
    attributes: list[str] | None = None
    """Those that are kept."""


class ResourceAttributeConfig(ConfigModel):
    """Of one resource attribute; the filters choose resources by its value, those that are excluded are not reported."""

    enabled: bool | None = None
    metrics_include: list[AttributeFilter] = Field(default_factory=list)
    metrics_exclude: list[AttributeFilter] = Field(default_factory=list)


class ScraperConfig(ConfigModel):
    """Base of a scraper's block; a subclass says which metrics and resource attributes there are."""

    METRICS: ClassVar[tuple[MetricDefinition, ...]] = ()
    RESOURCE_ATTRIBUTES: ClassVar[Mapping[str, bool]] = {}
    """Name to whether it is there by default."""

    metrics: dict[str, MetricConfig] = Field(default_factory=dict)
    resource_attributes: dict[str, ResourceAttributeConfig] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def null_is_default(cls, raw: Any) -> Any:
        """Let `metric_name:` without anything behind it stand for the defaults."""
        if not isinstance(raw, Mapping):
            return raw
        return {
            key: {name: {} if block is None else block for name, block in value.items()}
            if key in ("metrics", "resource_attributes") and isinstance(value, Mapping)
            else value
            for key, value in raw.items()
        }

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse metrics and attributes that the scraper does not have."""
        known = {definition.name: definition for definition in self.METRICS}
        for name, metric in self.metrics.items():
            if name not in known:
                raise ValueError(f"metrics: there is no {name}; known: {', '.join(known)}")
            if foreign := set(metric.attributes or ()) - set(known[name].attributes):
                attributes = ", ".join(known[name].attributes) or "none"
                raise ValueError(f"metrics: {name} has no attribute {', '.join(sorted(foreign))}; it has {attributes}")
        for name in self.resource_attributes:
            if name not in self.RESOURCE_ATTRIBUTES:
                raise ValueError(
                    f"resource_attributes: there is no {name}; known: {', '.join(self.RESOURCE_ATTRIBUTES) or 'none'}"
                )
        return self

    def resource_attribute(self, name: str) -> bool:
        """Whether a resource attribute is reported."""
        enabled = self.resource_attributes[name].enabled if name in self.resource_attributes else None
        return self.RESOURCE_ATTRIBUTES[name] if enabled is None else enabled
