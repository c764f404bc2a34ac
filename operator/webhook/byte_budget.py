"""Bounds the memory of request bodies: whoever wants to read one first waits for its share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LEAST = 64 * 1024
"""What the smallest request counts, for its connection, parser and answer."""


class ByteBudget:
    """`total` bytes that all requests of a process share."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[None]:
        """Hold `size` bytes, at most all of the budget, for the time of the block."""
        taken = min(max(size, _LEAST), self._total)
        async with self._changed:
            await self._changed.wait_for(lambda: self._free >= taken)
            self._free -= taken
        try:
            yield
        finally:
            self._free += taken
            async with self._changed:
                self._changed.notify_all()
