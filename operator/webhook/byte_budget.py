"""Bounds the memory of requests: whoever wants to read one first waits for its share."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LEAST = 64 * 1024
"""What the smallest request counts, for its connection, parser and answer."""


class ByteBudget:
    """`total` bytes that all requests of a process share, in the order in which they came."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[None]:
        """Hold `size` bytes, at most all of the budget, for the time of the block."""
        taken = min(max(size, _LEAST), self._total)
        await self._taken(taken)
        try:
            yield
        finally:
            self._give(taken)

    async def _taken(self, size: int) -> None:
        if not self._waiting and self._free >= size:
            self._free -= size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # What was given in the same moment goes on to the next; a turn that nobody waits for any more is passed over.
            if turn.done() and not turn.cancelled():
                self._give(size)
            else:
                self._give(0)
            raise

    def _give(self, size: int) -> None:
        self._free += size
        # One after the other: to wake all of a thousand for each share that comes back would cost more than their answers.
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()
