"""A queue of keys with the semantics of client-go's work queue.

A key is in the queue at most once and is worked on by at most one worker; added while it is being worked on, it is
queued once more when that ends. So a storm of events about one object costs one reconcile more, and none is lost.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from otel_operator.reconcile.pacing import Backoff, TokenBucket

K = TypeVar("K", bound=Hashable)


class ShutDown(Exception):
    """The queue is closed; the worker that gets this ends."""


class WorkQueue(Generic[K]):
    """Use: `key = await get()`, work, `forget(key)` or `add_rate_limited(key)`, and always `done(key)`."""

    def __init__(
        self,
        *,
        backoff: Backoff[K] | None = None,
        rate: float = 10.0,
        burst: int = 100,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backoff = backoff or Backoff()
        self._bucket = TokenBucket(rate, burst, clock)
        self._clock = clock
        self._order: deque[K] = deque()
        self._dirty: dict[K, float] = {}
        self._processing: dict[K, float] = {}
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False
        self.adds = 0
        self.retries = 0

    def __len__(self) -> int:
        return len(self._order)

    def add(self, key: K) -> None:
        """Queue the key unless it is queued already."""
        if self._closed or key in self._dirty:
            return
        self.adds += 1
        self._dirty[key] = self._clock()
        if key not in self._processing:
            self._order.append(key)
            self._wake()

    def add_after(self, key: K, delay: float) -> None:
        """Queue the key in `delay` seconds; of several timers of a key the earliest counts."""
        if self._closed:
            return
        if delay <= 0:
            self.add(key)
            return
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + delay:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(delay, self._due, key)

    def add_rate_limited(self, key: K) -> None:
        """Queue a key that failed, after its own backoff and the overall rate limit."""
        self.retries += 1
        self.add_after(key, max(self._backoff.next(key), self._bucket.reserve()))

    def forget(self, key: K) -> None:
        """Forget the key's failures."""
        self._backoff.forget(key)

    async def get(self) -> K:
        """Return the oldest key and mark it as being worked on. Raises ShutDown."""
        while not self._order:
            if self._closed:
                raise ShutDown
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                # A wake-up given to this worker must not be lost with it.
                if waiter.done() and not waiter.cancelled():
                    self._wake()
                raise
        key = self._order.popleft()
        del self._dirty[key]
        self._processing[key] = self._clock()
        return key

    def done(self, key: K) -> None:
        """Say that the work on the key ended, well or not."""
        del self._processing[key]
        if key in self._dirty:
            self._order.append(key)
            self._wake()

    def close(self) -> None:
        """Drop what waits and wake all workers, which then get ShutDown."""
        self._closed = True
        self._order.clear()
        self._dirty.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        while self._waiting:
            self._wake()

    def oldest_wait(self) -> float:
        """Seconds that the oldest queued key has waited. Other threads may ask this and the next two."""
        now = self._clock()
        return now - min(self._dirty.copy().values(), default=now)

    def longest_work(self) -> float:
        """Seconds that the longest-running work on a key has taken so far."""
        now = self._clock()
        return now - min(self._processing.copy().values(), default=now)

    def unfinished_work(self) -> float:
        """Seconds of all work under way together."""
        now = self._clock()
        return sum(now - started for started in self._processing.copy().values())

    def _due(self, key: K) -> None:
        self._timers.pop(key, None)
        self.add(key)

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
