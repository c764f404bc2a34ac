"""Builds component instances from a configuration and connects them, from the exporters back to the receivers.

Instances (collector specification, 1.6): a receiver is one per id for all its signals, an exporter one per id and signal, a
processor one per id and pipeline, a connector one per id, incoming and outgoing signal. A connector is an exporter of the
pipelines before it and a receiver of those after it.

A graph can be built around instances of a running one (`keep`): they take the place of what would be made anew, and where
something else comes after them now, the graph says how their outlets have to be pointed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.ids import PipelineId
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.component import BuildContext, Consumer
from otel_agent.pipeline.errors import GraphError
from otel_agent.pipeline.fanout import FanOut, join
from otel_agent.pipeline.instances import Graph, Instance, Keep, OutletKey, Retarget
from otel_agent.pipeline.metered import Metered
from otel_agent.pipeline.outlet import Outlet
from otel_agent.pipeline.seat import Seat
from otel_agent.pipeline.specs import ConfigSpec, PipelineSpec
from otel_agent.pipeline.status import InstanceId
from otel_agent.pipeline.timing import TimedEntry, TimedExit
from otel_agent.pipeline.topology import downstream_first
from otel_agent.pipeline.tracing import Finish, TracedConsumer, span_name
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.logs import component_logger
from otel_agent.telemetry.metrics import Level, SelfMetrics


def build(
    config: ConfigSpec,
    catalog: Catalog,
    metrics: SelfMetrics,
    keep: Keep | None = None,
    finish: Finish | None = None,
    seat: Seat | None = None,
) -> Graph:
    """Build everything that the pipelines and service.extensions name, except what is kept; nothing is started or changed.

    With `finish`, requests leave spans on their way.

    `GraphError` when a part cannot be built.
    """
    return _Builder(config, catalog, metrics, keep or Keep(), finish, seat or Seat()).build()


class _Builder:
    def __init__(
        self, config: ConfigSpec, catalog: Catalog, metrics: SelfMetrics, keep: Keep, finish: Finish | None, seat: Seat
    ) -> None:
        self._config = config
        self._keep = keep
        self._finish = finish
        self._seat = seat
        self._catalog = catalog
        self._metrics = metrics
        self._graph = Graph(shared=keep.shared())
        self._entries: dict[PipelineId, Consumer] = {}
        self._outlets: dict[tuple[ComponentId, Signal], Consumer] = {}

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
        branches: dict[str, Consumer] = {str(exporter): self._outlet(exporter, signal) for exporter in spec.exporters}
        for processor in reversed(spec.processors):
            counters = self._metrics.processor(processor, signal)
            made = self._make(
                ComponentKind.PROCESSOR,
                processor,
                self._config.processors,
                part=str(pipeline),
                signal=signal,
                pipeline=str(pipeline),
                leads_to={(signal, ""): branches},
                outgoing=counters.outgoing,
            )
            self._graph.middle.append(made)
            branches = {str(processor): self._entry(made, signal)}
        return join(branches)

    def _entry(self, made: Instance, signal: Signal) -> Consumer:
        """Return what requests enter a component through; the same for as long as it is kept."""
        entry = self._keep.graph.entries.get(made.id) if made.id in self._keep.instances else None
        if entry is None:
            entry = self._traced(self._metered(made, signal), made.id.kind, made.id.component, signal)
        self._graph.entries[made.id] = entry
        return entry

    def _metered(self, made: Instance, signal: Signal) -> Consumer:
        processor = made.id.component
        if made.id.kind is not ComponentKind.PROCESSOR:
            return made.consumer
        incoming = self._metrics.processor(processor, signal).incoming
        if self._metrics.level < Level.DETAILED:
            return Metered(made.consumer, incoming)
        return TimedEntry(made.consumer, incoming, self._metrics.processor_duration(processor, signal))

    def _traced(self, consumer: Consumer, kind: ComponentKind, component: ComponentId, signal: Signal) -> Consumer:
        if self._finish is None:
            return consumer
        return TracedConsumer(consumer, span_name(kind, component, signal), self._finish)

    def _outlet(self, component: ComponentId, signal: Signal) -> Consumer:
        """Return the exporter or connector at the end of a pipeline, made once per signal."""
        key = (component, signal)
        if key not in self._outlets:
            if component in self._config.connectors:
                connectors = self._connectors(component, signal)
                self._graph.middle.extend(connectors)
                self._outlets[key] = join({made.id.part: self._entry(made, signal) for made in connectors})
            else:
                made = self._make(ComponentKind.EXPORTER, component, self._config.exporters, part=str(signal), signal=signal)
                self._graph.exporters.append(made)
                self._outlets[key] = self._entry(made, signal)
        return self._outlets[key]

    def _connectors(self, component: ComponentId, signal: Signal) -> list[Instance]:
        """Build a connector for one incoming signal: an instance for each signal that it feeds."""
        fed = self._branches(component, lambda to: self._connects(component, signal, to))
        if not fed:
            raise GraphError(
                f'connector "{component}" used as exporter in [{signal}] pipeline but not used in any supported receiver pipeline'
            )
        return [
            self._make(
                ComponentKind.CONNECTOR,
                component,
                self._config.connectors,
                part=f"{signal}_to_{to}",
                signal=signal,
                leads_to={(to, pipeline): {pipeline: entry} for pipeline, entry in branches.items()},
            )
            for to, branches in fed.items()
        ]

    def _receiver(self, component: ComponentId) -> None:
        leads_to = {(signal, ""): branches for signal, branches in self._branches(component).items()}
        for signal, _ in leads_to:
            self._demand_signal(ComponentKind.RECEIVER, component, signal)
        made = self._make(ComponentKind.RECEIVER, component, self._config.receivers, leads_to=leads_to)
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
        leads_to: Mapping[OutletKey, Mapping[str, Consumer]] | None = None,
        outgoing: Counter | None = None,
    ) -> Instance:
        if component not in configs:
            raise GraphError(f'{kind} "{component}" is not configured: add it under {kind.section}')
        if signal is not None and kind is not ComponentKind.CONNECTOR:
            self._demand_signal(kind, component, signal)
        instance = InstanceId(kind, component, part)
        if instance in self._keep.instances:
            return self._kept(self._keep.instances[instance], leads_to or {})
        outlets = {key: Outlet(branches, outgoing) for key, branches in (leads_to or {}).items()}
        shared_keys: set[object] = set()
        context = BuildContext(
            id=component,
            kind=kind,
            signal=signal,
            pipeline=pipeline,
            logger=component_logger(component, kind, signal, pipeline),
            metrics=self._metrics,
            consumers=self._consumers(kind, component, outlets),
            shared=self._sharing(kind, component.type, shared_keys),
            seat=self._seat,
        )
        try:
            made = self._catalog.create(kind, component.type)(configs[component], context)
        except Exception as error:
            raise GraphError(f'failed to create "{component}" {kind}{f" for {part}" if part else ""}: {error}') from error
        return Instance(instance, made, configs[component], outlets, shared_keys)

    def _consumers(
        self, kind: ComponentKind, component: ComponentId, outlets: Mapping[OutletKey, Outlet]
    ) -> dict[Signal, Consumer]:
        consumers = _plain_consumers(kind, outlets, timed=self._metrics.level >= Level.DETAILED)
        if kind is not ComponentKind.RECEIVER:
            return consumers
        return {signal: self._traced(consumer, kind, component, signal) for signal, consumer in consumers.items()}

    def _kept(self, instance: Instance, leads_to: Mapping[OutletKey, Mapping[str, Consumer]]) -> Instance:
        """Take over a running instance, and note which of its outlets lead elsewhere now."""
        for key, branches in leads_to.items():
            outlet = instance.outlets[key]
            if not outlet.leads_to(branches):
                self._graph.retargets.append(Retarget(outlet, branches))
        return instance

    def _demand_signal(self, kind: ComponentKind, component: ComponentId, signal: Signal) -> None:
        if str(signal) not in self._catalog.info(kind, component.type).stability:
            raise GraphError(f'failed to create "{component}" {kind} for data type "{signal}": telemetry type is not supported')

    def _sharing(self, kind: ComponentKind, type_name: str, used: set[object]) -> Callable[[object, Callable[[], Any]], Any]:
        """Return the `shared` of a context; keys of different component types never meet."""
        objects = self._graph.shared

        def shared(key: object, make: Callable[[], Any]) -> Any:
            full = (kind, type_name, key)
            used.add(full)
            if full not in objects:
                objects[full] = make()
            return objects[full]

        return shared


def _plain_consumers(kind: ComponentKind, outlets: Mapping[OutletKey, Outlet], *, timed: bool) -> dict[Signal, Consumer]:
    """Return the `consumers` of a context."""
    if kind is ComponentKind.PROCESSOR and timed:
        return {signal: TimedExit(outlet) for (signal, _), outlet in outlets.items()}
    if kind is not ComponentKind.CONNECTOR:
        return {signal: outlet for (signal, _), outlet in outlets.items()}
    # Always a FanOut, even of one branch: routing connectors choose among its branches.
    fed: dict[Signal, dict[str, Consumer]] = {}
    for (signal, pipeline), outlet in outlets.items():
        fed.setdefault(signal, {})[pipeline] = outlet
    return {signal: FanOut(branches) for signal, branches in fed.items()}
