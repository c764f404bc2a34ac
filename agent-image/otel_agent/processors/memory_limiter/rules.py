"""The decisions of the memory limiter, without clock or system (collector specification, 4.1)."""

from collections.abc import Callable
from dataclasses import dataclass

from otel_agent.processors.memory_limiter.config import MemoryLimiterConfig

_MIB = 1024 * 1024
_SPIKE_SHARE = 5
_WORTHWHILE_SHARE = 0.05
"""Part of the memory that a collection must free, or the next one waits twice as long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes. Above `soft` data is refused, above `hard` garbage is collected as well."""

    soft: int
    hard: int


def limits_of(config: MemoryLimiterConfig, available: Callable[[], int]) -> Limits:
    """Resolve limits; `available()` gives the bytes that percentages are of."""
    if config.limit_mib:
        hard, spike = config.limit_mib * _MIB, config.spike_limit_mib * _MIB
    else:
        total = available()
        hard, spike = total * config.limit_percentage // 100, total * config.spike_limit_percentage // 100
    return Limits(soft=hard - (spike or hard // _SPIKE_SHARE), hard=hard)


@dataclass(slots=True)
class GcPacing:
    """When a forced collection is allowed again; seconds."""

    min_interval: float
    max_interval: float
    check_interval: float
    interval: float = 0.0
    last: float = float("-inf")

    def allows(self, now: float) -> bool:
        """Whether enough time has passed since the last collection."""
        return now - self.last >= max(self.interval, self.min_interval)

    def note(self, now: float, before: int, after: int) -> None:
        """Record a collection and what it achieved (bytes used before and after)."""
        self.last = now
        if before - after < before * _WORTHWHILE_SHARE:
            self.interval = min(max(self.interval, self.min_interval, self.check_interval) * 2, self.max_interval)
        else:
            self.interval = self.min_interval
