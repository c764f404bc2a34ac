"""The phases of an exporter's end, shared by queue and retry: running, draining until a deadline, stopped."""

import asyncio

from otel_agent.pipeline.errors import RetryableError

DRAIN_SECONDS = 20.0
"""How long a stopping exporter keeps trying to send what it holds. Below the engine's limit for the whole graph."""
DRAIN_MAX_WAIT = 1.0
"""Longest wait between two attempts while draining, unless the peer asked for more: the peer may be restarting, too."""


class Interrupted(RetryableError):
    """The exporter stops; the request stays in the storage and is sent after the next start."""


class Drain:
    """Wakes everything that waits when draining begins. With `interrupts`, there are no further attempts then."""

    def __init__(self, *, interrupts: bool = False) -> None:
        self._begun = asyncio.Event()
        self._interrupts = interrupts

    @property
    def begun(self) -> bool:
        """Whether the exporter is stopping."""
        return self._begun.is_set()

    def begin(self) -> None:
        """Stop has been asked for."""
        self._begun.set()

    async def sleep(self, seconds: float, at_least: float | None) -> None:
        """Wait before the next attempt: `seconds`, or cut short by draining, but never below the `at_least` of the peer.

        Raises `Interrupted` when there is not to be another attempt.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(seconds):
                await self._begun.wait()
        except TimeoutError:
            return
        if self._interrupts:
            raise Interrupted("the collector stops, the request is kept")
        now = loop.time()
        longest = max(started + (at_least or 0.0), now + DRAIN_MAX_WAIT)
        await asyncio.sleep(max(min(started + seconds, longest) - now, 0.0))
