"""service::telemetry: the collector's own logs, metrics and traces."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.expanded import plain, unwrapped
from otel_agent.config.model import ConfigModel, Duration
from otel_agent.config.telemetry_readers import (
    MetricReader,
    PrometheusReaderConfig,
    PullExporter,
    PullReader,
    TelemetryProcessor,
    View,
)


class LogSamplingConfig(ConfigModel):
    """First `initial` entries of one level and message in each tick, then every `thereafter`th."""

    enabled: bool = True
    tick: Duration = 10.0
    initial: int = Field(default=10, ge=0)
    thereafter: int = Field(default=100, ge=0)


class LogsConfig(ConfigModel):
    """Own logs."""

    level: Literal["debug", "info", "warn", "error", "dpanic", "panic", "fatal"] = "info"
    encoding: Literal["console", "json"] = "console"
    development: bool = False
    disable_caller: bool = False
    disable_stacktrace: bool = False
    sampling: LogSamplingConfig = Field(default_factory=LogSamplingConfig)
    output_paths: list[str] = Field(default_factory=lambda: ["stderr"])
    error_output_paths: list[str] = Field(default_factory=lambda: ["stderr"])
    initial_fields: dict[str, Any] = Field(default_factory=dict)
    processors: list[TelemetryProcessor] = Field(default_factory=list)
    disable_zap_resource: bool = False

    @model_validator(mode="before")
    @classmethod
    def lower_level(cls, raw: Any) -> Any:
        """Take levels in any case, and warn by its longer name, as zap does."""
        if isinstance(raw, dict) and isinstance(raw.get("level"), str):
            level = raw["level"].lower()
            return {**raw, "level": "warn" if level == "warning" else level}
        return raw


def _default_readers() -> list[MetricReader]:
    return [MetricReader(pull=PullReader(exporter=PullExporter(prometheus=PrometheusReaderConfig())))]


class MetricsConfig(ConfigModel):
    """Own metrics."""

    level: Literal["none", "basic", "normal", "detailed"] = "normal"
    readers: list[MetricReader] = Field(default_factory=_default_readers)
    views: list[View] = Field(default_factory=list)
    address: str = ""
    """Ignored, as in the Go collector since 0.123."""

    @model_validator(mode="before")
    @classmethod
    def lower_level(cls, raw: Any) -> Any:
        """Take levels in any case."""
        if isinstance(raw, dict) and isinstance(raw.get("level"), str):
            return {**raw, "level": raw["level"].lower()}
        return raw

    @model_validator(mode="after")
    def check_readers(self) -> Self:
        """Demand a way out for metrics that are made, and views only where they take effect."""
        if self.level != "none" and not self.readers:
            raise ValueError("collector telemetry metrics reader should exist when metric level is not none")
        if self.level != "detailed" and self.views:
            raise ValueError("views can only be set when service::telemetry::metrics::level is detailed")
        return self


class TracesConfig(ConfigModel):
    """Own traces."""

    level: Literal["", "none", "basic", "normal", "detailed"] = ""
    propagators: list[Literal["tracecontext", "b3"]] = Field(default_factory=list)
    processors: list[TelemetryProcessor] = Field(default_factory=list)


class TelemetryConfig(ConfigModel):
    """All of service::telemetry."""

    logs: LogsConfig = Field(default_factory=LogsConfig)
    metrics: MetricsConfig = Field(default_factory=MetricsConfig)
    traces: TracesConfig = Field(default_factory=TracesConfig)
    resource: dict[str, str | None] = Field(default_factory=dict)
    """Resource attribute to value; null removes a default attribute."""

    @model_validator(mode="before")
    @classmethod
    def read_resource(cls, raw: Any) -> Any:
        """Take the declarative form (`attributes: [{name, value}]`) as well as the inline map."""
        resource = unwrapped(raw.get("resource")) if isinstance(raw, dict) else None
        if not isinstance(resource, dict) or not _is_declarative(resource):
            return raw
        unknown = set(resource) - _DECLARATIVE_KEYS
        if unknown:
            raise ValueError(f"resource has keys that cannot stand beside attributes: {', '.join(sorted(unknown))}")
        return {**raw, "resource": _attributes(unwrapped(resource.get("attributes")) or [])}


_DECLARATIVE_KEYS = frozenset({"attributes", "schema_url", "detectors", "detection/development"})


def _is_declarative(resource: dict[str, Any]) -> bool:
    return isinstance(unwrapped(resource.get("attributes")), list) or isinstance(
        unwrapped(resource.get("detection/development")), dict
    )


def _attributes(items: list[Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for index, written in enumerate(items):
        item = unwrapped(written)
        name = plain(item.get("name"), text=True) if isinstance(item, dict) else None
        if not isinstance(name, str) or item.keys() - {"name", "value", "type"}:
            raise ValueError(f"resource::attributes::{index} must be a map with name and value")
        attributes[name] = _as_text(item.get("value"))
    return attributes


def _as_text(value: Any) -> Any:
    """Spell numbers and booleans as the attribute values they become; anything else is left to the type check."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
