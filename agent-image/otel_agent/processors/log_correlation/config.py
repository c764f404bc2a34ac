"""Configuration of the log_correlation processor."""

from typing import Annotated, Literal

from pydantic import Field

from otel_agent.config.model import ConfigModel

Keys = Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=32)]


class LogCorrelationConfig(ConfigModel):
    """Names under which ids are looked for; the first that holds one counts."""

    trace_id_keys: Keys = Field(default=["trace_id", "traceId", "trace.id", "traceID"])
    span_id_keys: Keys = Field(default=["span_id", "spanId", "span.id", "spanID"])
    trace_flags_keys: Keys = Field(default=["trace_flags", "traceFlags", "trace.flags"])
    sources: list[Literal["attributes", "body"]] = Field(default=["attributes", "body"], min_length=1)
    """Where to look, in this order; of the body only a map is looked into."""
