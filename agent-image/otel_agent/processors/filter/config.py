"""Configuration of the filter processor."""

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.featuregates import FILTER_IGNORES
from otel_agent.config.model import ConfigModel
from otel_agent.ottl.configuration import Context, Mode, checked_context, default_mode, gathered, refuse_profiles
from otel_agent.processors.filter import plan
from otel_agent.processors.filter.matching import LogMatch, MetricMatch, SpanMatch


class ConditionGroup(ConfigModel):
    """Conditions with a context and an error mode of their own."""

    context: Context = ""
    error_mode: Mode | None = None
    conditions: list[str] = Field(default_factory=list)

    @field_validator("context")
    @classmethod
    def check_context(cls, context: str) -> str:
        """Refuse what is no context."""
        return checked_context(context)


class SpanFilters(ConfigModel):
    """Include and exclude blocks for spans."""

    include: SpanMatch | None = None
    exclude: SpanMatch | None = None


class TraceFilters(ConfigModel):
    """Conditions by context."""

    resource: list[str] | None = None
    span: list[str] | None = None
    spanevent: list[str] | None = None


class MetricFilters(ConfigModel):
    """Conditions by context, or include and exclude blocks."""

    resource: list[str] | None = None
    metric: list[str] | None = None
    datapoint: list[str] | None = None
    include: MetricMatch | None = None
    exclude: MetricMatch | None = None
    regexp: dict[str, Any] | None = None
    """Options of a cache that Go's patterns have; accepted, without meaning here."""


class LogFilters(ConfigModel):
    """Conditions by context, or include and exclude blocks."""

    resource: list[str] | None = None
    log_record: list[str] | None = None
    include: LogMatch | None = None
    exclude: LogMatch | None = None


class ProfileFilters(ConfigModel):
    """Conditions for profiles, which this collector does not have."""

    resource: list[str] | None = None
    profile: list[str] | None = None


class FilterConfig(ConfigModel):
    """What meets any of its conditions is dropped."""

    error_mode: Mode = Field(default_factory=lambda: default_mode(FILTER_IGNORES))
    """What a condition that fails leads to."""
    trace_conditions: list[ConditionGroup] = Field(default_factory=list)
    metric_conditions: list[ConditionGroup] = Field(default_factory=list)
    log_conditions: list[ConditionGroup] = Field(default_factory=list)
    profile_conditions: list[Any] = Field(default_factory=list)
    traces: TraceFilters = Field(default_factory=TraceFilters)
    metrics: MetricFilters = Field(default_factory=MetricFilters)
    logs: LogFilters = Field(default_factory=LogFilters)
    profiles: ProfileFilters = Field(default_factory=ProfileFilters)
    spans: SpanFilters = Field(default_factory=SpanFilters)

    @field_validator("trace_conditions", "metric_conditions", "log_conditions", mode="before")
    @classmethod
    def gather_conditions(cls, raw: Any) -> Any:
        """Make one group of conditions that are not in one."""
        return gathered(raw, "conditions")

    @field_validator("profile_conditions")
    @classmethod
    def check_profile_conditions(cls, raw: list[Any]) -> list[Any]:
        """Refuse conditions for profiles."""
        return refuse_profiles(raw)

    @field_validator("profiles")
    @classmethod
    def check_profiles(cls, filters: ProfileFilters) -> ProfileFilters:
        """Refuse conditions for profiles."""
        refuse_profiles((filters.resource or []) + (filters.profile or []))
        return filters

    @model_validator(mode="after")
    def check_forms(self) -> Self:
        """Refuse two forms of conditions for one signal."""
        traces = (self.traces.resource, self.traces.span, self.traces.spanevent)
        metrics = (self.metrics.resource, self.metrics.metric, self.metrics.datapoint)
        logs = (self.logs.resource, self.logs.log_record)
        spans = (self.spans.include, self.spans.exclude)
        _refuse_both("traces.resource, span, spanevent", traces, "spans.include, exclude", spans)
        blocks = (self.metrics.include, self.metrics.exclude)
        _refuse_both("metrics.resource, metric, datapoint", metrics, "metrics.include, exclude", blocks)
        _refuse_both("logs.resource, log_record", logs, "logs.include, exclude", (self.logs.include, self.logs.exclude))
        _refuse_both("trace_conditions", (self.trace_conditions or None,), "traces.resource, span, spanevent", traces)
        _refuse_both("metric_conditions", (self.metric_conditions or None,), "metrics", (*metrics, *blocks))
        _refuse_both("log_conditions", (self.log_conditions or None,), "logs", (*logs, self.logs.include, self.logs.exclude))
        return self

    @model_validator(mode="after")
    def check_conditions(self) -> Self:
        """Compile all conditions, to refuse what is wrong with them."""
        plan.check(self)
        return self


def _refuse_both(one: str, ones: tuple[Any, ...], other: str, others: tuple[Any, ...]) -> None:
    if any(value is not None for value in ones) and any(value is not None for value in others):
        raise ValueError(f"cannot use {one} and {other} at the same time")
