"""Replaces a running graph by one that keeps some of its instances, without losing anything that was accepted.

Where everything that has to go can run beside what replaces it, the new instances are started first, the outlets of what is
kept are pointed to them in one step, and the old instances then finish what they hold. Otherwise (a file, a port, a queue on
disk that only one can have) requests are held at the outlets of what is kept, from the receivers downstream, until the old
instances have finished and the new ones run. A receiver that is not kept is always stopped before its replacement starts.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from otel_agent.pipeline.component import HandingOver, Overlapping
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.instances import Graph, Instance
from otel_agent.pipeline.lifecycle import MIDDLE_SHARE, RECEIVERS_SHARE, Lifecycle
from otel_agent.pipeline.outlet import Outlet, Route

_log = logging.getLogger(__name__)


class Swap:
    """One replacement of the graph of `lifecycle`; what stops gets `seconds`, as at the end of the collector."""

    def __init__(self, lifecycle: Lifecycle, graph: Graph, seconds: float) -> None:
        running = lifecycle.running
        wanted = {id(instance) for instance in graph.instances()}
        self._lifecycle = lifecycle
        self._seconds = seconds
        self._graph = graph
        self._fresh = _only(graph, lambda instance: id(instance) not in running)
        self._gone = _only(lifecycle.graph, lambda instance: id(instance) in running and id(instance) not in wanted)
        self._moved: dict[int, Outlet] = {id(change.outlet): change.outlet for change in graph.retargets}
        self._left: list[Route] = []

    async def run(self) -> None:
        """Let the new graph take over; `StartError` when it cannot, and then what was kept or not yet stopped runs.

        Outlets may still be held after that: the next swap, or `release_all`, lets their requests go on.
        """
        self._lifecycle.host.prepare(self._graph)
        if _collide(self._gone, self._fresh):
            await self._stop_then_start()
        else:
            await self._start_then_turn()

    async def retire(self) -> None:
        """Let what was replaced finish. Part of the swap that the new graph need not wait for."""
        began = asyncio.get_running_loop().time()
        await self._until_idle(self._left, began + self._seconds * RECEIVERS_SHARE)
        for instance in reversed(self._gone.middle):
            await self._lifecycle.stop(instance, began + self._seconds * MIDDLE_SHARE)
        await self._stop_ends(began + self._seconds)
        for instance in self._gone.instances():
            self._lifecycle.host.forget(instance)

    async def _start_then_turn(self) -> None:
        await self._start([*self._fresh.extensions, *self._fresh.exporters, *self._fresh.middle])
        await self._stop_receivers()
        await self._start(self._fresh.receivers)
        self._take_over()

    async def _stop_then_start(self) -> None:
        began = asyncio.get_running_loop().time()
        middle_deadline = began + self._seconds * MIDDLE_SHARE
        await self._stop_receivers()
        gone = {id(instance) for instance in self._gone.middle}
        for instance in self._lifecycle.graph.receivers:
            await self._hold(instance, middle_deadline)
        for instance in reversed(self._lifecycle.graph.middle):
            if id(instance) in gone:
                await self._lifecycle.stop(instance, middle_deadline)
            else:
                await self._hold(instance, middle_deadline)
        # What can run beside its replacement stops later, when it can give that what it has not sent.
        lasting = [made for made in self._gone.exporters if _overlaps(made) and not made.extensions]
        await self._stop_ends(began + self._seconds, spared=lasting)
        await self._start([*self._fresh.extensions, *self._fresh.exporters, *self._fresh.middle])
        await self._start(self._fresh.receivers)
        self._take_over()

    def _take_over(self) -> None:
        """Point every outlet to the new graph; not interrupted, so no request sees half of each."""
        self._left += [change.outlet.point(change.branches) for change in self._graph.retargets]
        successors = {instance.id: instance.consumer for instance in self._fresh.exporters}
        for instance in self._gone.exporters:
            if instance.id in successors and isinstance(instance.component, HandingOver):
                instance.component.successor = successors[instance.id]
        self._lifecycle.host.adopt(self._graph)
        self._lifecycle.graph = self._graph
        self._lifecycle.show(self._fresh.instances())
        self._lifecycle.announce(self._fresh.extensions)
        release_all(self._graph)

    async def _start(self, instances: Iterable[Instance]) -> None:
        try:
            await self._lifecycle.start_all(instances)
        except (StartError, asyncio.CancelledError):
            await self._undo()
            raise

    async def _undo(self) -> None:
        """Stop the new instances that were started."""
        deadline = asyncio.get_running_loop().time() + self._seconds
        await self._lifecycle.stop_all(self._fresh.receivers, deadline)
        for instance in reversed(self._fresh.middle):
            await self._lifecycle.stop(instance, deadline)
        await self._lifecycle.stop_all(self._fresh.exporters, deadline)
        for instance in reversed(self._fresh.extensions):
            await self._lifecycle.stop(instance, deadline)
        for instance in self._fresh.instances():
            self._lifecycle.host.forget(instance)

    async def _stop_receivers(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._seconds * RECEIVERS_SHARE
        await self._lifecycle.stop_all(self._gone.receivers, deadline)

    async def _stop_ends(self, deadline: float, spared: Sequence[Instance] = ()) -> None:
        kept = {id(instance) for instance in spared}
        await self._lifecycle.stop_all([made for made in self._gone.exporters if id(made) not in kept], deadline)
        self._lifecycle.renounce(self._gone.extensions)
        for instance in reversed(self._gone.extensions):
            await self._lifecycle.stop(instance, deadline)

    async def _hold(self, instance: Instance, deadline: float) -> None:
        """Hold the outlets of a kept instance that will lead elsewhere, and wait for the requests that are past them."""
        await self._until_idle([outlet.hold() for outlet in instance.outlets.values() if id(outlet) in self._moved], deadline)

    async def _until_idle(self, routes: Iterable[Route], deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                for route in routes:
                    await route.until_idle()
        except TimeoutError:
            _log.warning("Requests did not leave replaced components in time, these stop all the same")


def release_all(graph: Graph) -> None:
    """Let all requests go on that are held somewhere."""
    for instance in graph.instances():
        for outlet in instance.outlets.values():
            outlet.release()


def _only(graph: Graph, condition: Callable[[Instance], bool]) -> Graph:
    """Return the part of a graph that fulfils a condition."""

    def some(instances: list[Instance]) -> list[Instance]:
        return [instance for instance in instances if condition(instance)]

    return Graph(some(graph.extensions), some(graph.exporters), some(graph.middle), some(graph.receivers))


def _collide(gone: Graph, fresh: Graph) -> bool:
    """Whether something that has to go may hold what something new needs."""
    return _has_exclusive(gone) and _has_exclusive(fresh)


def _has_exclusive(graph: Graph) -> bool:
    return not all(_overlaps(instance) for instance in (*graph.extensions, *graph.exporters, *graph.middle))


def _overlaps(instance: Instance) -> bool:
    return isinstance(instance.component, Overlapping) and instance.component.overlaps
