"""What running components see of the collector: its extensions, and where to report trouble."""

import asyncio
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.instances import Graph, Instance
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.status import InstanceId, Status


class CollectorHost:
    """`Host` of a collector, whose graph may be replaced. `failed` is set by the first fatal report."""

    def __init__(self, graph: Graph, overview: Overview) -> None:
        self.overview = overview
        self._board = overview.board
        self._views: dict[int, InstanceHost] = {}
        self._current: dict[InstanceId, Instance] = {}
        self.failed = asyncio.Event()
        self.failure = ""
        self.adopt(graph)

    def adopt(self, graph: Graph) -> None:
        """Show this graph's extensions to its instances from now on; those that are not in it keep seeing the ones they had."""
        extensions = {made.id.component: made.component for made in graph.extensions}
        self._current = {made.id: made for made in graph.instances()}
        for made in graph.instances():
            self.of(made).extensions = extensions
        for view in self._views.values():
            view.retired = self.is_replaced(view.instance)
        self._extensions = extensions

    def prepare(self, graph: Graph) -> None:
        """Let the new instances of a graph, which shall be adopted later, see its extensions."""
        extensions = {made.id.component: made.component for made in graph.extensions}
        for made in graph.instances():
            if id(made) not in self._views:
                self.of(made).extensions = extensions

    def of(self, instance: Instance) -> "InstanceHost":
        """Return the host as one instance sees it."""
        view = self._views.get(id(instance))
        if view is None:
            view = self._views[id(instance)] = InstanceHost(self, instance)
        return view

    def forget(self, instance: Instance) -> None:
        """Drop what is known of a stopped instance."""
        self._views.pop(id(instance), None)

    def is_replaced(self, instance: Instance) -> bool:
        """Whether another instance has its place now, so that its reports are no longer of interest."""
        return self._current.get(instance.id, instance) is not instance

    def extension(self, component_id: ComponentId) -> Any:
        """Return a started extension; KeyError when it is not in service.extensions."""
        return self._extensions[component_id]

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        """Stop the collector with exit code 1; every component of the id is shown as failed."""
        failed = [instance for instance in self._current if instance.component == component_id]
        self._fail(f'"{component_id}"', failed, error)

    def fail(self, failed: Instance, error: Exception) -> None:
        """Stop the collector with exit code 1 because of one instance."""
        self._fail(f'{failed.id.kind} "{failed.id.component}"', [failed.id], error)

    def _fail(self, name: str, instances: list[InstanceId], error: Exception) -> None:
        for instance in instances:
            self._board.report(instance, Status.FATAL_ERROR, str(error))
        if not self.failed.is_set():
            self.failure = f"{name} failed: {error}"
            self.failed.set()

    def report_status(self, kind: ComponentKind, component_id: ComponentId, status: Status, error: str = "") -> None:
        """Record that a component's health changed, for all instances of the id."""
        for instance in self._current:
            if instance.component == component_id and instance.kind is kind:
                self._board.report(instance, status, error)


class InstanceHost:
    """`Host` of one instance: remembers the extensions it asks for, and is silent once the instance has been replaced."""

    def __init__(self, host: CollectorHost, instance: Instance) -> None:
        self._host = host
        self._early: tuple[ComponentKind, ComponentId, Status, str] | None = None
        self.instance = instance
        self.extensions: dict[ComponentId, Any] = {}
        self.retired = False

    @property
    def overview(self) -> Overview:
        """What the collector tells about itself."""
        return self._host.overview

    def extension(self, component_id: ComponentId) -> Any:
        """Return a started extension; KeyError when it is not in service.extensions."""
        found = self.extensions[component_id]
        self.instance.extensions.add(component_id)
        return found

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        """Stop the collector with exit code 1."""
        if not self.retired:
            self._host.fail(self.instance, error)

    def report_status(self, kind: ComponentKind, component_id: ComponentId, status: Status, error: str = "") -> None:
        """Record that a component's health changed, for all instances of the id."""
        if not self._host.is_replaced(self.instance):
            self._host.report_status(kind, component_id, status, error)
        elif not self.retired:
            self._early = (kind, component_id, status, error)

    def repeat(self) -> None:
        """Report what the instance said while another still had its place."""
        early, self._early = self._early, None
        if early is not None:
            self._host.report_status(*early)
