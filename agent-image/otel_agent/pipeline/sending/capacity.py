"""A bounded amount that callers take from and give back to, first come first served."""

import asyncio
from collections import deque


class Capacity:
    """Weighted semaphore that can also be waited on to be all given back."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._empty = asyncio.Event()
        self._empty.set()

    def try_take(self, amount: int) -> bool:
        """Take `amount` if there is room and nobody waits for it."""
        if self._waiting or self.used + amount > self.limit:
            return False
        self._take(amount)
        return True

    async def take(self, amount: int) -> None:
        """Take `amount`, waiting for room. Cancellation leaves nothing taken."""
        if self.try_take(amount):
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (amount, granted)
        self._waiting.append(entry)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.give_back(amount)
            else:
                self._waiting.remove(entry)
                self._grant()
            raise

    def take_anyway(self, amount: int) -> None:
        """Take `amount`, room or not: what an earlier run accepted."""
        self._take(amount)

    def give_back(self, amount: int) -> None:
        """Return what was taken and let those in who fit now."""
        self.used -= amount
        self._grant()
        if self.used == 0 and not self._waiting:
            self._empty.set()

    async def wait_until_empty(self) -> None:
        """Return when nothing is taken and nobody waits."""
        await self._empty.wait()

    def _take(self, amount: int) -> None:
        self.used += amount
        self._empty.clear()

    def _grant(self) -> None:
        while self._waiting and self.used + self._waiting[0][0] <= self.limit:
            amount, granted = self._waiting.popleft()
            if not granted.cancelled():
                self._take(amount)
                granted.set_result(None)
