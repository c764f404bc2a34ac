"""Where the calls of the native client end: one descriptor that the event loop watches, for all channels of the process."""

import asyncio
import itertools
from types import ModuleType
from typing import Any

from otel_agent.exporters.otlp_grpc.client import CallFailed
from otel_agent.transport.status_codes import GrpcCode

MAX_CALLS = 4096
"""On their way at once, over all channels."""

End = tuple[int, str, str | None, bytes, str | None]
"""gRPC code, text, grpc-status-details-bin as it came, message, what the message is still packed with."""


class Inbox:
    """The ends of calls, for the event loop that made them."""

    def __init__(self, module: ModuleType) -> None:
        self.completed: Any = module.GrpcCompleted()
        self._tokens = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[End]] = {}
        self._loop = asyncio.get_running_loop()
        self._users = 0

    def expect(self) -> tuple[int, asyncio.Future[End]]:
        """Return the token of a new call and what its end will be the result of; CallFailed when there are too many."""
        if len(self._waiting) >= MAX_CALLS:
            raise CallFailed(GrpcCode.UNAVAILABLE, f"{MAX_CALLS} gRPC calls of this collector wait for their answers already")
        token, future = next(self._tokens), self._loop.create_future()
        self._waiting[token] = future
        return token, future

    def forget(self, token: int) -> None:
        """Drop a call that has ended, or whose end nobody waits for any more."""
        self._waiting.pop(token, None)

    def take(self) -> None:
        """Give each end to who waits for it."""
        for token, *end in self.completed.take():
            future = self._waiting.pop(token, None)
            if future is not None and not future.done():
                code, text, details, message, encoding = end
                future.set_result((code, text, details, message, encoding))

    def begin(self) -> None:
        """Watch, for one more client."""
        if not self._users:
            self._loop.add_reader(self.completed.fileno(), self.take)
        self._users += 1

    def end(self) -> None:
        """One client less; without any, nothing is watched."""
        self._users -= 1
        if not self._users:
            self._loop.remove_reader(self.completed.fileno())
            _inboxes.pop(id(self._loop), None)


_inboxes: dict[int, Inbox] = {}
"""By event loop; there is one in a collector."""


def inbox(module: ModuleType) -> Inbox:
    """Return the inbox of the running event loop, watched until as many `end` as `inbox` were called."""
    key = id(asyncio.get_running_loop())
    found = _inboxes.get(key)
    if found is None:
        found = _inboxes[key] = Inbox(module)
    found.begin()
    return found
