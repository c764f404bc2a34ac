"""Configuration of the memory_limiter processor."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration


class MemoryLimiterConfig(ConfigModel):
    """Hard limit, and the distance below it (spike) at which data is refused."""

    check_interval: Duration = 1.0
    """Seconds between measurements. The Go collector demands it; here it may be left out."""
    limit_mib: int = Field(default=0, ge=0)
    """MiB; wins over limit_percentage."""
    spike_limit_mib: int = Field(default=0, ge=0)
    """MiB; 0 is a fifth of the limit."""
    limit_percentage: int = Field(default=0, ge=0, le=100)
    """Of the cgroup's memory limit, or of the machine's memory when there is none."""
    spike_limit_percentage: int = Field(default=0, ge=0, le=100)
    """0 is a fifth of the limit."""
    min_gc_interval_when_soft_limited: Duration = 10.0
    min_gc_interval_when_hard_limited: Duration = 0.0
    max_gc_interval_when_soft_limited: Duration = 30.0
    max_gc_interval_when_hard_limited: Duration = 30.0

    @model_validator(mode="after")
    def check_limits(self) -> Self:
        """Demand a limit, a spike below it, a positive interval, and GC intervals in order."""
        if self.check_interval <= 0:
            raise ValueError("'check_interval' must be greater than zero")
        if not self.limit_mib and not self.limit_percentage:
            raise ValueError("'limit_mib' or 'limit_percentage' must be greater than zero")
        if self.limit_mib and self.spike_limit_mib >= self.limit_mib:
            raise ValueError("'spike_limit_mib' must be smaller than 'limit_mib'")
        if self.limit_percentage and self.spike_limit_percentage > self.limit_percentage:
            raise ValueError("'spike_limit_percentage' must not be greater than 'limit_percentage'")
        if self.min_gc_interval_when_soft_limited < self.min_gc_interval_when_hard_limited:
            raise ValueError("'min_gc_interval_when_soft_limited' should be larger than 'min_gc_interval_when_hard_limited'")
        for mode in ("soft", "hard"):
            if getattr(self, f"max_gc_interval_when_{mode}_limited") < getattr(self, f"min_gc_interval_when_{mode}_limited"):
                raise ValueError(
                    f"'max_gc_interval_when_{mode}_limited' must not be smaller than 'min_gc_interval_when_{mode}_limited'"
                )
        return self
