"""Counts requests that are being handled, so that a server can stop when the last one is answered."""

import asyncio
from types import TracebackType


class InProgress:
    """Enter it for the time of a request."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._count -= 1
        if self._count == 0:
            self._none.set()

    async def wait(self, seconds: float) -> None:
        """Return when there are none, or after that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._none.wait()
        except TimeoutError:
            return
