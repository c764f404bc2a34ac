"""Starts a graph from its end to its beginning and stops it the other way round, within a deadline.

Shutdown loses nothing that was accepted: receivers finish their requests, then processors flush into exporters that still run,
then exporters drain. Kubernetes kills a pod 30 s after asking it to stop, so all of it must fit in `SHUTDOWN_SECONDS`; what is
left then is dropped and logged.
"""

import asyncio
import logging
from collections.abc import Iterable

from otel_agent.pipeline.component import Host, PipelineWatcher
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.graph import Graph, Instance
from otel_agent.pipeline.status import Status, StatusBoard

SHUTDOWN_SECONDS = 25.0
"""For the whole graph."""
_RECEIVERS_SHARE = 0.4
"""Part of it that receivers may take, so that a client which never ends its request does not cost the exporters their drain."""
_MIDDLE_SHARE = 0.7
"""Part of it after which processors must have stopped, too: one that cannot hand on leaves the other pipelines time to drain."""
_LAST_CHANCE_SECONDS = 0.2
"""What a component gets to release its resources when the deadline has already passed."""

_log = logging.getLogger(__name__)


class Lifecycle:
    """Runs one graph once."""

    def __init__(self, graph: Graph, host: Host, board: StatusBoard) -> None:
        self._graph = graph
        self._host = host
        self._board = board
        self._started: set[int] = set()

    async def start(self) -> None:
        """Start every instance in order; `StartError` for the first that fails, after the started ones were stopped."""
        for instance in self._graph.instances():
            self._board.report(instance.id, Status.STARTING)
            self._started.add(id(instance))
            try:
                await instance.component.start(self._host)
            except Exception as error:
                self._board.report(instance.id, Status.PERMANENT_ERROR, str(error))
                await self.shutdown()
                reason = str(error) or type(error).__name__
                raise StartError(f'failed to start "{instance.id.component}" {instance.id.kind}: {reason}') from error
            self._board.report(instance.id, Status.OK)
        for watcher in self._watchers():
            watcher.pipelines_ready()

    async def shutdown(self, seconds: float = SHUTDOWN_SECONDS) -> None:
        """Stop what was started: receivers together, processors one by one downstream, exporters together, extensions."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for watcher in self._watchers():
            watcher.pipelines_not_ready()
        await self._stop_all(self._graph.receivers, began + seconds * _RECEIVERS_SHARE)
        for instance in reversed(self._graph.middle):
            await self._stop(instance, began + seconds * _MIDDLE_SHARE)
        await self._stop_all(self._graph.exporters, began + seconds)
        for instance in reversed(self._graph.extensions):
            await self._stop(instance, began + seconds)

    def _watchers(self) -> Iterable[PipelineWatcher]:
        for instance in self._graph.extensions:
            if id(instance) in self._started and isinstance(instance.component, PipelineWatcher):
                yield instance.component

    async def _stop_all(self, instances: Iterable[Instance], deadline: float) -> None:
        await asyncio.gather(*(self._stop(instance, deadline) for instance in instances))

    async def _stop(self, instance: Instance, deadline: float) -> None:
        """Stop one instance; its failure is logged."""
        if id(instance) not in self._started:
            return
        self._started.discard(id(instance))
        self._board.report(instance.id, Status.STOPPING)
        left = max(deadline - asyncio.get_running_loop().time(), _LAST_CHANCE_SECONDS)
        fields = {"id": str(instance.id.component), "kind": str(instance.id.kind)}
        try:
            async with asyncio.timeout(left):
                await instance.component.shutdown()
        except TimeoutError:
            _log.error("Component did not stop in time, data it held is lost", extra={**fields, "seconds": round(left, 1)})
        except Exception:  # noqa: BLE001 -- the other components must be stopped all the same
            _log.exception("Component failed to stop", extra=fields)
        self._board.report(instance.id, Status.STOPPED)
