"""What a receiver, processor or connector hands its telemetry to: a consumer that can be pointed elsewhere while requests run."""

import asyncio
from collections.abc import Mapping

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.pipeline.fanout import join
from otel_agent.pipeline.prompt import prompt
from otel_agent.telemetry.instruments import Counter


class Route:
    """One destination of an outlet and the requests that are on their way to it."""

    __slots__ = ("_idle", "calls", "consume_now", "target")

    def __init__(self, target: Consumer) -> None:
        self.target = target
        self.consume_now = prompt(target)
        self.calls = 0
        self._idle: asyncio.Event | None = None

    def leave(self) -> None:
        """Note that a request has come back."""
        self.calls -= 1
        if self.calls == 0 and self._idle is not None:
            self._idle.set()

    async def until_idle(self) -> None:
        """Wait until no request is on its way. Ends only when the outlet sends no more of them here."""
        while self.calls:
            self._idle = asyncio.Event()
            await self._idle.wait()


class Outlet:
    """Passes on to the consumers of `branches` (one, or a fan-out of several).

    A component keeps its outlet for life. When a new configuration replaces what comes after it, `point` turns the outlet to the
    replacement in one step; requests that are already under way finish where they were going, and `Route.until_idle` of what
    `point` returned tells when. While it is held, requests wait.
    """

    __slots__ = ("_counter", "_gate", "_route", "branches")

    def __init__(self, branches: Mapping[str, Consumer], counter: Counter | None = None) -> None:
        self.branches = dict(branches)
        self._route = Route(join(self.branches))
        self._counter = counter
        self._gate: asyncio.Event | None = None

    async def consume(self, telemetry: Telemetry) -> None:
        """Count, and pass on to what the outlet points at when the request gets there."""
        while self._gate is not None:
            await self._gate.wait()
        if self._counter is not None:
            self._counter.value += telemetry.items
        route = self._route
        route.calls += 1
        try:
            await route.target.consume(telemetry)
        finally:
            route.leave()

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Pass on without waiting, unless requests are held. What ends within this call is never under way."""
        if self._gate is not None:
            return False
        counter = self._counter
        try:
            taken = self._route.consume_now(telemetry)
        except BaseException:
            if counter is not None:
                counter.value += telemetry.items
            raise
        if taken and counter is not None:
            counter.value += telemetry.items
        return taken

    def leads_to(self, branches: Mapping[str, Consumer]) -> bool:
        """Whether `branches` are what it has now: the same names in the same order, and the same objects."""
        return list(self.branches) == list(branches) and all(self.branches[name] is branches[name] for name in branches)

    def point(self, branches: Mapping[str, Consumer]) -> Route:
        """Send requests to other consumers from now on; return the route that is left behind."""
        before = self._route
        self.branches = dict(branches)
        self._route = Route(join(self.branches))
        return before

    def hold(self) -> Route:
        """Let requests wait until `release`; return the route with those that are under way. Idempotent."""
        if self._gate is None:
            self._gate = asyncio.Event()
        return self._route

    def release(self) -> None:
        """Let requests go on. Idempotent."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.set()
