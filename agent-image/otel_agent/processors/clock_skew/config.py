"""Configuration of the clock_skew processor."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration


class ClockSkewConfig(ConfigModel):
    """From when on the time of a span is wrong, and what happens then."""

    future_tolerance: Duration = 60.0
    """Seconds that a span may start after now; 0 does not look."""
    max_age: Duration = 86_400.0
    """Seconds since a span ended at most; 0 does not look."""
    action: Literal["count", "drop", "clamp"] = "count"
    """`clamp` moves the span, its end and its events to the nearest time that is allowed."""
    warning_interval: Duration = Field(default=60.0, gt=0)
    """Seconds between two warnings that name the same service."""

    @model_validator(mode="after")
    def check_clock_skew(self) -> Self:
        """Refuse negative times, and a processor that looks for nothing."""
        if self.future_tolerance < 0 or self.max_age < 0:
            raise ValueError("future_tolerance and max_age must not be negative")
        if not self.future_tolerance and not self.max_age:
            raise ValueError("future_tolerance or max_age must be set: with both 0 there is nothing to look for")
        return self
