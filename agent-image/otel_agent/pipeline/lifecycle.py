"""Starts a graph from its end to its beginning and stops it the other way round, within a deadline.

Shutdown loses nothing that was accepted: receivers finish their requests, then processors flush into exporters that still run,
then exporters drain. Kubernetes kills a pod 30 s after asking it to stop, so all of it must fit in `SHUTDOWN_SECONDS`; what is
left then is dropped and logged.
"""

import asyncio
import logging
from collections.abc import Iterable

from otel_agent.pipeline.component import PipelineWatcher
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.host import CollectorHost
from otel_agent.pipeline.instances import Graph, Instance
from otel_agent.pipeline.status import Status, StatusBoard

SHUTDOWN_SECONDS = 25.0
"""For the whole graph."""
RECEIVERS_SHARE = 0.4
"""Part of it that receivers may take, so that a client which never ends its request does not cost the exporters their drain."""
MIDDLE_SHARE = 0.7
"""Part of it after which processors must have stopped, too: one that cannot hand on leaves the other pipelines time to drain."""
_LAST_CHANCE_SECONDS = 0.2
"""What a component gets to release its resources when the deadline has already passed."""

_log = logging.getLogger(__name__)


class Lifecycle:
    """Runs a graph, and the graphs that replace it (see `otel_agent.pipeline.swap`)."""

    def __init__(self, graph: Graph, host: CollectorHost, board: StatusBoard) -> None:
        self.graph = graph
        self.host = host
        self._board = board
        self._started: set[int] = set()

    @property
    def running(self) -> frozenset[int]:
        """`id()` of every instance that was started and not yet stopped."""
        return frozenset(self._started)

    async def start(self, *, announce: bool = True) -> None:
        """Start every instance in order; `StartError` for the first that fails, after the started ones were stopped.

        Without `announce`, extensions are not yet told that the pipelines take data.
        """
        try:
            await self.start_all(self.graph.instances())
        except StartError:
            await self.shutdown()
            raise
        if announce:
            self.announce(self.graph.extensions)

    async def start_all(self, instances: Iterable[Instance]) -> None:
        """Start instances one by one; `StartError` for the first that fails, and then the others still run."""
        for instance in instances:
            self._report(instance, Status.STARTING)
            self._started.add(id(instance))
            try:
                await instance.component.start(self.host.of(instance))
            except Exception as error:
                self._report(instance, Status.PERMANENT_ERROR, str(error))
                reason = str(error) or type(error).__name__
                raise StartError(f'failed to start "{instance.id.component}" {instance.id.kind}: {reason}') from error
            self._report(instance, Status.OK)

    def announce(self, extensions: Iterable[Instance]) -> None:
        """Tell extensions that the pipelines take data."""
        for watcher in self._watchers(extensions):
            watcher.pipelines_ready()

    def renounce(self, extensions: Iterable[Instance]) -> None:
        """Tell extensions that the pipelines stop, or they themselves do."""
        for watcher in self._watchers(extensions):
            watcher.pipelines_not_ready()

    async def shutdown(self, seconds: float = SHUTDOWN_SECONDS) -> None:
        """Stop what was started: receivers together, processors one by one downstream, exporters together, extensions."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.renounce(self.graph.extensions)
        await self.stop_all(self.graph.receivers, began + seconds * RECEIVERS_SHARE)
        for instance in reversed(self.graph.middle):
            await self.stop(instance, began + seconds * MIDDLE_SHARE)
        await self.stop_all(self.graph.exporters, began + seconds)
        for instance in reversed(self.graph.extensions):
            await self.stop(instance, began + seconds)

    def _watchers(self, extensions: Iterable[Instance]) -> Iterable[PipelineWatcher]:
        for instance in extensions:
            if id(instance) in self._started and isinstance(instance.component, PipelineWatcher):
                yield instance.component

    async def stop_all(self, instances: Iterable[Instance], deadline: float) -> None:
        """Stop instances at the same time, until `deadline` on the loop's clock."""
        await asyncio.gather(*(self.stop(instance, deadline) for instance in instances))

    async def stop(self, instance: Instance, deadline: float) -> None:
        """Stop one instance; its failure is logged."""
        if id(instance) not in self._started:
            return
        self._started.discard(id(instance))
        self._report(instance, Status.STOPPING)
        left = max(deadline - asyncio.get_running_loop().time(), _LAST_CHANCE_SECONDS)
        fields = {"id": str(instance.id.component), "kind": str(instance.id.kind)}
        try:
            async with asyncio.timeout(left):
                await instance.component.shutdown()
        except TimeoutError:
            _log.error("Component did not stop in time, data it held is lost", extra={**fields, "seconds": round(left, 1)})
        except Exception:  # noqa: BLE001 -- the other components must be stopped all the same
            _log.exception("Component failed to stop", extra=fields)
        self._report(instance, Status.STOPPED)

    def show(self, instances: Iterable[Instance]) -> None:
        """Show the health of instances that have taken the place of others."""
        for instance in instances:
            self._board.forget(instance.id)
            self._board.report(instance.id, Status.OK)
            self.host.of(instance).repeat()

    def _report(self, instance: Instance, status: Status, error: str = "") -> None:
        """Report, unless the place of the instance is another's, before it or by now."""
        if not self.host.is_replaced(instance):
            self._board.report(instance.id, status, error)
