"""Tasks that handle requests one after the other, so that one that need not wait costs no task of its own."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

Job = TypeVar("Job")
_RESTING = 16
"""Idle members kept; more end."""


class Crew(Generic[Job]):
    """While one member waits within a job, another takes the next. There are as many as jobs that wait, and a few at rest."""

    def __init__(self, handle: Callable[[Job], Awaitable[None]]) -> None:
        """`handle` must not raise."""
        self._handle = handle
        self._jobs: deque[Job] = deque()
        self._members: set[asyncio.Task[None]] = set()
        self._resting: list[asyncio.Future[None]] = []
        self._called = False

    def give(self, jobs: Iterable[Job]) -> None:
        """Have jobs handled, begun in order. Call it in the event loop."""
        self._jobs.extend(jobs)
        self._call()

    async def dismiss(self) -> None:
        """Cancel the members, and what they are at."""
        self._jobs.clear()
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
        loop = asyncio.get_running_loop()
        while True:
            self._called = False
            while self._jobs:
                job = self._jobs.popleft()
                self._call()  # somebody goes on if this job waits
                await self._handle(job)
            if len(self._resting) >= _RESTING:
                return
            rest = loop.create_future()
            self._resting.append(rest)
            await rest
