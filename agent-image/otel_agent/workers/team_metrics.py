"""The registry of a collector with workers: one page for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from otel_agent.telemetry.metrics import Family, Level, SelfMetrics
from otel_agent.workers.merging import Ledger


class TeamMetrics(SelfMetrics):
    """The supervisor's own instruments, and those of the workers as they were last heard."""

    def __init__(self, level: Level) -> None:
        super().__init__(level)
        self.ledger = Ledger()
        self.ask: Callable[[], Awaitable[None]] = _nothing
        """Has all workers tell their values, for a bounded time."""

    def families(self) -> Iterable[Family]:
        """Everything together."""
        return self.ledger.families(super().families())

    async def current(self) -> Iterable[Family]:
        """Everything together, of now; of a worker that does not answer, what it said last."""
        await self.ask()
        return self.families()


async def _nothing() -> None:
    await asyncio.sleep(0)
