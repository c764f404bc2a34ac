"""Builds component instances from a configuration and connects them, from the exporters back to the receivers.

Instances (collector specification, 1.6): a receiver is one per id for all its signals, an exporter one per id and signal, a
processor one per id and pipeline, a connector one per id and incoming signal. A connector is an exporter of the pipelines
before it and a receiver of those after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.ids import PipelineId
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.component import BuildContext, Component, Consumer
from otel_agent.pipeline.errors import GraphError
from otel_agent.pipeline.fanout import FanOut, join
from otel_agent.pipeline.metered import Metered
from otel_agent.pipeline.specs import ConfigSpec, PipelineSpec
from otel_agent.pipeline.status import InstanceId
from otel_agent.pipeline.topology import downstream_first
from otel_agent.telemetry.logs import component_logger
from otel_agent.telemetry.metrics import SelfMetrics


@dataclass(frozen=True, slots=True)
class Instance:
    """A built component."""

    id: InstanceId
    component: Component


@dataclass(slots=True)
class Graph:
    """All instances. `middle` (processors and connectors) is ordered downstream first."""

    extensions: list[Instance] = field(default_factory=list)
    exporters: list[Instance] = field(default_factory=list)
    middle: list[Instance] = field(default_factory=list)
    receivers: list[Instance] = field(default_factory=list)

    def instances(self) -> list[Instance]:
        """Return every instance in start order: reverse topological, receivers last."""
        return [*self.extensions, *self.exporters, *self.middle, *self.receivers]


def build(config: ConfigSpec, catalog: Catalog, metrics: SelfMetrics) -> Graph:
    """Build everything that the pipelines and service.extensions name; nothing is started.

    `GraphError` when a part cannot be built.
    """
    return _Builder(config, catalog, metrics).build()


class _Builder:
    def __init__(self, config: ConfigSpec, catalog: Catalog, metrics: SelfMetrics) -> None:
        self._config = config
        self._catalog = catalog
        self._metrics = metrics
        self._graph = Graph()
        self._entries: dict[PipelineId, Consumer] = {}
        self._outlets: dict[tuple[ComponentId, Signal], Consumer] = {}
        self._shared: dict[object, Any] = {}

    def build(self) -> Graph:
        service = self._config.service
        for extension in service.extensions:
            made = self._make(ComponentKind.EXTENSION, extension, self._config.extensions)
            self._graph.extensions.append(made)
        for pipeline in downstream_first(service.pipelines, self._connects):
            self._entries[pipeline] = self._pipeline(pipeline, service.pipelines[pipeline])
        named = [receiver for spec in service.pipelines.values() for receiver in spec.receivers]
        for receiver in dict.fromkeys(named):
            if receiver not in self._config.connectors:
                self._receiver(receiver)
        return self._graph

    def _pipeline(self, pipeline: PipelineId, spec: PipelineSpec) -> Consumer:
        """Build exporters and processors of a pipeline and return its entry."""
        signal = Signal(pipeline.signal)
        consumer = join({str(exporter): self._outlet(exporter, signal) for exporter in spec.exporters})
        for processor in reversed(spec.processors):
            counters = self._metrics.processor(processor, signal)
            made = self._make(
                ComponentKind.PROCESSOR,
                processor,
                self._config.processors,
                part=str(pipeline),
                signal=signal,
                pipeline=str(pipeline),
                consumers={signal: Metered(consumer, counters.outgoing)},
            )
            self._graph.middle.append(made)
            consumer = Metered(_consumer(made), counters.incoming)
        return consumer

    def _outlet(self, component: ComponentId, signal: Signal) -> Consumer:
        """Return the exporter or connector at the end of a pipeline, made once per signal."""
        key = (component, signal)
        if key not in self._outlets:
            if component in self._config.connectors:
                made = self._connector(component, signal)
                self._graph.middle.append(made)
            else:
                made = self._make(ComponentKind.EXPORTER, component, self._config.exporters, part=str(signal), signal=signal)
                self._graph.exporters.append(made)
            self._outlets[key] = _consumer(made)
        return self._outlets[key]

    def _connector(self, component: ComponentId, signal: Signal) -> Instance:
        fed = self._branches(component, lambda to: self._connects(component, signal, to))
        if not fed:
            raise GraphError(
                f'connector "{component}" used as exporter in [{signal}] pipeline but not used in any supported receiver pipeline'
            )
        # Always a FanOut, even of one branch: routing connectors choose among its branches.
        consumers: dict[Signal, Consumer] = {to: FanOut(branches) for to, branches in fed.items()}
        return self._make(
            ComponentKind.CONNECTOR, component, self._config.connectors, part=str(signal), signal=signal, consumers=consumers
        )

    def _receiver(self, component: ComponentId) -> None:
        consumers = {signal: join(branches) for signal, branches in self._branches(component).items()}
        for signal in consumers:
            self._demand_signal(ComponentKind.RECEIVER, component, signal)
        made = self._make(ComponentKind.RECEIVER, component, self._config.receivers, consumers=consumers)
        self._graph.receivers.append(made)

    def _connects(self, component: ComponentId, before: str, after: str) -> bool:
        if component not in self._config.connectors:
            return False
        return f"{before}_to_{after}" in self._catalog.info(ComponentKind.CONNECTOR, component.type).stability

    def _branches(
        self, component: ComponentId, feeds: Callable[[str], bool] = lambda signal: True
    ) -> dict[Signal, dict[str, Consumer]]:
        """Entries of the pipelines that name `component` as a receiver and whose signal it feeds, by signal."""
        branches: dict[Signal, dict[str, Consumer]] = {}
        for pipeline, spec in self._config.service.pipelines.items():
            if component in spec.receivers and feeds(pipeline.signal):
                branches.setdefault(Signal(pipeline.signal), {})[str(pipeline)] = self._entries[pipeline]
        return branches

    def _make(
        self,
        kind: ComponentKind,
        component: ComponentId,
        configs: Mapping[ComponentId, Any],
        *,
        part: str = "",
        signal: Signal | None = None,
        pipeline: str = "",
        consumers: dict[Signal, Consumer] | None = None,
    ) -> Instance:
        if component not in configs:
            raise GraphError(f'{kind} "{component}" is not configured: add it under {kind.section}')
        if signal is not None and kind is not ComponentKind.CONNECTOR:
            self._demand_signal(kind, component, signal)
        context = BuildContext(
            id=component,
            kind=kind,
            signal=signal,
            pipeline=pipeline,
            logger=component_logger(component, kind, signal, pipeline),
            metrics=self._metrics,
            consumers=consumers or {},
            shared=self._sharing(kind, component.type),
        )
        try:
            made = self._catalog.create(kind, component.type)(configs[component], context)
        except Exception as error:
            raise GraphError(f'failed to create "{component}" {kind}{f" for {part}" if part else ""}: {error}') from error
        return Instance(InstanceId(kind, component, part), made)

    def _demand_signal(self, kind: ComponentKind, component: ComponentId, signal: Signal) -> None:
        if str(signal) not in self._catalog.info(kind, component.type).stability:
            raise GraphError(f'failed to create "{component}" {kind} for data type "{signal}": telemetry type is not supported')

    def _sharing(self, kind: ComponentKind, type_name: str) -> Callable[[object, Callable[[], Any]], Any]:
        """Return the `shared` of a context; keys of different component types never meet."""

        def shared(key: object, make: Callable[[], Any]) -> Any:
            full = (kind, type_name, key)
            if full not in self._shared:
                self._shared[full] = make()
            return self._shared[full]

        return shared


def _consumer(instance: Instance) -> Consumer:
    """Return the instance as the consumer that processors, exporters and connectors are."""
    component: Any = instance.component
    consumer: Consumer = component
    return consumer
