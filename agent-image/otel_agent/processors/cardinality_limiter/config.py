"""Configuration of the cardinality_limiter processor."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration


class OverrideConfig(ConfigModel):
    """Other limits for some metrics."""

    metric_names: list[str] = Field(min_length=1)
    """Names as OTLP has them, in which `*` stands for any text and `?` for any character."""
    series_limit: int | None = Field(default=None, ge=0)
    attribute_limit: int | None = Field(default=None, ge=0)


class CardinalityLimiterConfig(ConfigModel):
    """How many series a metric may have, and what becomes of further ones. A limit of 0 is none."""

    series_limit: int = Field(default=10_000, ge=0)
    """Series of a metric, over all resources."""
    attribute_limit: int = Field(default=0, ge=0)
    """Distinct values of each attribute of a metric's points."""
    overrides: list[OverrideConfig] = Field(default_factory=list)
    """The first that names a metric counts."""
    action: Literal["overflow", "drop"] = "overflow"
    """`overflow` joins the points of further series in one with the attribute `otel.metric.overflow`."""
    forget_after: Duration = Field(default=3600.0, gt=0)
    """Seconds without a point after which a series makes room for others, at the latest after twice as long."""
    max_metrics: int = Field(default=2000, gt=0)
    """Metrics that are watched at once; the one longest unseen is forgotten."""

    @model_validator(mode="after")
    def check_cardinality_limiter(self) -> Self:
        """Refuse a processor that limits nothing."""
        if not self.series_limit and not self.attribute_limit and not self.overrides:
            raise ValueError("series_limit or attribute_limit must be set: with both 0 nothing is limited")
        return self
