"""Tasks that handle requests one after the other, so that one that need not wait costs no task of its own."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Job = TypeVar("Job")
_RESTING = 16
"""Idle members kept; more end."""


class Crew(Generic[Key, Job]):
    """While one member waits within a job, another takes the next. There are as many as jobs that wait, and a few at rest."""

    def __init__(self, handle: Callable[[Job], Awaitable[None]], leave: Callable[[Job], None]) -> None:
        """`handle` and `leave` must not raise, but for `handle` when it is cancelled."""
        self._handle = handle
        self._leave = leave
        self._jobs: deque[tuple[Key, Job]] = deque()
        self._at: dict[Key, asyncio.Task[None] | None] = {}
        self._members: set[asyncio.Task[None]] = set()
        self._resting: list[asyncio.Future[None]] = []
        self._called = False

    def give(self, jobs: Iterable[tuple[Key, Job]]) -> None:
        """Have jobs handled, begun in order, each known by its key. Call it in the event loop."""
        for key, job in jobs:
            self._at[key] = None
            self._jobs.append((key, job))
        self._call()

    def cancel(self, key: Key) -> None:
        """Have `handle` cancelled within a job, or `leave` called for one that has not begun; one that has ended is none."""
        if key not in self._at:
            return
        member = self._at[key]
        if member is not None:
            member.cancel()
        else:
            del self._at[key]

    async def dismiss(self) -> None:
        """Cancel the members, and what they are at."""
        self._jobs.clear()
        self._at.clear()
        members = list(self._members)
        for member in members:
            member.cancel()
        await asyncio.gather(*members, return_exceptions=True)

    def _call(self) -> None:
        """Have a member come soon, unless one is coming or there is nothing to do."""
        if self._called or not self._jobs:
            return
        self._called = True
        while self._resting:
            resting = self._resting.pop()
            if not resting.done():
                resting.set_result(None)
                return
        member = asyncio.get_running_loop().create_task(self._work())
        self._members.add(member)
        member.add_done_callback(self._members.discard)

    async def _work(self) -> None:
        loop, member = asyncio.get_running_loop(), asyncio.current_task()
        while True:
            self._called = False
            while self._jobs:
                key, job = self._jobs.popleft()
                self._call()  # somebody goes on if this job waits
                if key not in self._at:
                    self._leave(job)
                    continue
                self._at[key] = member
                try:
                    await self._handle(job)
                finally:
                    self._at.pop(key, None)
            if len(self._resting) >= _RESTING:
                return
            rest = loop.create_future()
            self._resting.append(rest)
            await rest
