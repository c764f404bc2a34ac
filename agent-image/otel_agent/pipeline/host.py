"""What running components see of the collector: its extensions, and where to report trouble."""

import asyncio
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.graph import Graph
from otel_agent.pipeline.status import Status, StatusBoard


class CollectorHost:
    """`Host` of one graph. `failed` is set by the first fatal report."""

    def __init__(self, graph: Graph, board: StatusBoard) -> None:
        self._extensions: dict[ComponentId, Any] = {made.id.component: made.component for made in graph.extensions}
        self._instances = [made.id for made in graph.instances()]
        self._board = board
        self.failed = asyncio.Event()
        self.failure = ""

    def extension(self, component_id: ComponentId) -> Any:
        """Return a started extension; KeyError when it is not in service.extensions."""
        return self._extensions[component_id]

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        """Stop the collector with exit code 1."""
        for instance in self._instances:
            if instance.component == component_id:
                self._board.report(instance, Status.FATAL_ERROR, str(error))
        if not self.failed.is_set():
            self.failure = f'"{component_id}" failed: {error}'
            self.failed.set()

    def report_status(self, kind: ComponentKind, component_id: ComponentId, status: Status, error: str = "") -> None:
        """Record that a component's health changed, for all instances of the id."""
        for instance in self._instances:
            if instance.component == component_id and instance.kind is kind:
                self._board.report(instance, status, error)
