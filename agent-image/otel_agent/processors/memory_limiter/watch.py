"""Measures memory at intervals and says whether data must be refused; one for all processors of an id."""

import asyncio
import logging
from collections.abc import Callable

from otel_agent.processors.memory_limiter.config import MemoryLimiterConfig
from otel_agent.processors.memory_limiter.rules import GcPacing, Limits

_MIB = 1024 * 1024


class MemoryWatch:
    """Runs while at least one processor uses it."""

    def __init__(
        self,
        config: MemoryLimiterConfig,
        limits: Limits,
        logger: logging.Logger,
        *,
        measure: Callable[[], int],
        collect: Callable[[], None],
    ) -> None:
        self._interval = config.check_interval
        self._limits = limits
        self._logger = logger
        self._measure = measure
        self._collect = collect
        self._soft = GcPacing(
            config.min_gc_interval_when_soft_limited, config.max_gc_interval_when_soft_limited, config.check_interval
        )
        self._hard = GcPacing(
            config.min_gc_interval_when_hard_limited, config.max_gc_interval_when_hard_limited, config.check_interval
        )
        self._users = 0
        self._task: asyncio.Task[None] | None = None
        self.refusing = False
        self.on_change: Callable[[bool], None] = lambda refusing: None
        """Called when `refusing` changes."""

    def acquire(self) -> None:
        """Begin measuring with the first user."""
        self._users += 1
        if self._task is None:
            limits = {"limit_mib": self._limits.hard // _MIB, "soft_limit_mib": self._limits.soft // _MIB}
            self._logger.info("Memory limiter configured", extra={**limits, "check_interval": self._interval})
            self._task = asyncio.get_running_loop().create_task(self._run(), name="memory-watch")

    async def release(self) -> None:
        """End measuring with the last user."""
        self._users -= 1
        task = self._task
        if self._users == 0 and task is not None:
            self._task = None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def check(self, now: float) -> None:
        """Measure once and decide; `now` is in seconds of a monotonic clock."""
        used = self._measure()
        if used > self._limits.hard:
            used = self._collected(used, self._hard, now)
        elif used > self._limits.soft:
            used = self._collected(used, self._soft, now)
        refusing = used > self._limits.soft
        if refusing != self.refusing:
            self.refusing = refusing
            said = (
                "Memory usage is above soft limit. Refusing data." if refusing else "Memory usage back within limits. Resuming."
            )
            self._logger.log(logging.WARNING if refusing else logging.INFO, said, extra={"cur_mem_mib": used // _MIB})
            self.on_change(refusing)

    def _collected(self, used: int, pacing: GcPacing, now: float) -> int:
        """Collect garbage if it is time to; return the memory used then."""
        if not pacing.allows(now):
            return used
        self._collect()
        after = self._measure()
        pacing.note(now, used, after)
        self._logger.info("Memory usage after GC.", extra={"cur_mem_mib": after // _MIB, "before_mib": used // _MIB})
        return after

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.check(loop.time())
            await asyncio.sleep(self._interval)
