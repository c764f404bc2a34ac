"""What a graph consists of: built components, and what has to be known to use them in another graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_agent.config.component import ComponentId
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.component import Component, Consumer
from otel_agent.pipeline.outlet import Outlet
from otel_agent.pipeline.status import InstanceId

OutletKey = tuple[Signal, str]
"""Signal, and for connectors the pipeline that the outlet leads to (otherwise empty)."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A built component, and what has to be known to use it in another graph."""

    id: InstanceId
    component: Component
    config: Any = None
    outlets: Mapping[OutletKey, Outlet] = field(default_factory=dict)
    shared_keys: set[object] = field(default_factory=set)
    """Keys of `Graph.shared` that the component uses."""
    extensions: set[ComponentId] = field(default_factory=set)
    """Extensions that the component has asked its host for."""

    @property
    def consumer(self) -> Consumer:
        """The component as the consumer that processors, exporters and connectors are."""
        component: Any = self.component
        consumer: Consumer = component
        return consumer


@dataclass(frozen=True, slots=True)
class Retarget:
    """An outlet of a kept instance that leads elsewhere in the new graph."""

    outlet: Outlet
    branches: Mapping[str, Consumer]


@dataclass(slots=True)
class Graph:
    """All instances. `middle` (processors and connectors) is ordered downstream first."""

    extensions: list[Instance] = field(default_factory=list)
    exporters: list[Instance] = field(default_factory=list)
    middle: list[Instance] = field(default_factory=list)
    receivers: list[Instance] = field(default_factory=list)
    shared: dict[object, Any] = field(default_factory=dict)
    """Objects that several instances have in common."""
    entries: dict[InstanceId, Consumer] = field(default_factory=dict)
    """What requests enter processors, connectors and exporters through."""
    retargets: list[Retarget] = field(default_factory=list)
    """To be done when the graph takes over from the one whose instances it keeps."""

    def instances(self) -> list[Instance]:
        """Return every instance in start order: reverse topological, receivers last."""
        return [*self.extensions, *self.exporters, *self.middle, *self.receivers]


@dataclass(frozen=True, slots=True)
class Keep:
    """Instances of a running graph that a new one shall contain."""

    graph: Graph = field(default_factory=Graph)
    instances: Mapping[InstanceId, Instance] = field(default_factory=dict)

    def shared(self) -> dict[object, Any]:
        """Objects that the instances have in common with each other."""
        keys = {key for instance in self.instances.values() for key in instance.shared_keys}
        return {key: self.graph.shared[key] for key in keys}
