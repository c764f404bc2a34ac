"""Decides which parts of a configuration each worker runs. Pure.

Pipelines that an item can pass between without leaving a worker (by a connector, or because one receiver feeds them all) belong
together. Such a group runs in every worker, unless something in it needs all the data in one process: then it runs in the first.
Receivers that poll run in the first worker only; a pipeline that no receiver is left for elsewhere runs there alone, too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind, PlacedConfig, Placement
from otel_agent.config.document import Config
from otel_agent.config.ids import PipelineId
from otel_agent.config.service import PipelineConfig
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.seat import Spread

Placed = Callable[[ComponentKind, ComponentId], Placement]
Pipelines = Mapping[PipelineId, PipelineConfig]


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a configuration under several workers."""

    first: Config
    """What the first worker runs."""
    others: Config
    """What every other worker runs; without pipelines when nothing can be shared, as after a reload to such a configuration."""
    supervisor: Config
    """Extensions of the supervising process."""
    reasons: Mapping[PipelineId, str]
    """Why a pipeline runs in the first worker only."""

    @property
    def shared(self) -> bool:
        """Whether more than one worker has something to do."""
        return bool(self.others.service.pipelines)

    @property
    def spread(self) -> Spread:
        """Receivers and exporters that run in every worker."""
        others = self.others
        found = {
            (ComponentKind.EXPORTER, exporter, pipeline.signal)
            for pipeline, spec in others.service.pipelines.items()
            for exporter in spec.exporters
            if exporter in others.exporters
        }
        found |= {
            (ComponentKind.RECEIVER, receiver, "")
            for spec in others.service.pipelines.values()
            for receiver in spec.receivers
            if receiver in others.receivers
        }
        return frozenset(found)


def plan(config: Config, catalog: Catalog) -> Plan:
    """Divide a checked configuration."""
    placed = _placements(config, catalog)
    extensions = {extension: placed(ComponentKind.EXTENSION, extension) for extension in config.service.extensions}
    reasons = _kept_together(config, placed)
    for extension, where in extensions.items():
        if where is Placement.ONE_PROCESS:
            reasons = dict.fromkeys(config.service.pipelines, _because(ComponentKind.EXTENSION, extension))
    shared = {pipeline: spec for pipeline, spec in config.service.pipelines.items() if pipeline not in reasons}
    others = _without_polling(shared, config, placed)
    for pipeline in shared.keys() - others.keys():
        reasons[pipeline] = "its receivers run in the first worker only"

    def at(*places: Placement) -> list[ComponentId]:
        return [extension for extension, where in extensions.items() if where in places]

    return Plan(
        _part(config, config.service.pipelines, at(Placement.EVERY_WORKER, Placement.FIRST_WORKER, Placement.ONE_PROCESS)),
        _part(config, others, at(Placement.EVERY_WORKER)),
        _part(config, {}, at(Placement.SUPERVISOR)),
        reasons,
    )


def _placements(config: Config, catalog: Catalog) -> Placed:
    def placed(kind: ComponentKind, component: ComponentId) -> Placement:
        settings: object = config.section(kind).get(component)
        if isinstance(settings, PlacedConfig) and (restricted := settings.restricted_placement()) is not None:
            return restricted
        default = Placement.FIRST_WORKER if kind is ComponentKind.RECEIVER else Placement.ONE_PROCESS
        return catalog.info(kind, component.type).placement or default

    return placed


def _kept_together(config: Config, placed: Placed) -> dict[PipelineId, str]:
    """Pipelines that must be in one process with something, and with what."""
    found: dict[PipelineId, str] = {}
    for group in _groups(config, placed):
        for kind, component in _parts(config, group):
            if placed(kind, component) is Placement.ONE_PROCESS:
                found.update(dict.fromkeys(group, _because(kind, component)))
                break
    return found


def _groups(config: Config, placed: Placed) -> Iterable[set[PipelineId]]:
    """Return sets of pipelines that belong together."""
    links: dict[ComponentId, set[PipelineId]] = {}
    for pipeline, spec in config.service.pipelines.items():
        for receiver in spec.receivers:
            if receiver in config.connectors or placed(ComponentKind.RECEIVER, receiver) is not Placement.FIRST_WORKER:
                links.setdefault(receiver, set()).add(pipeline)
        for exporter in spec.exporters:
            if exporter in config.connectors:
                links.setdefault(exporter, set()).add(pipeline)
    groups: list[set[PipelineId]] = [{pipeline} for pipeline in config.service.pipelines]
    for linked in links.values():
        joined = [group for group in groups if group & linked]
        groups = [group for group in groups if not group & linked] + [set().union(*joined)]
    return groups


def _parts(config: Config, pipelines: Iterable[PipelineId]) -> Iterable[tuple[ComponentKind, ComponentId]]:
    for pipeline in pipelines:
        spec = config.service.pipelines[pipeline]
        for receiver in spec.receivers:
            yield ComponentKind.CONNECTOR if receiver in config.connectors else ComponentKind.RECEIVER, receiver
        for processor in spec.processors:
            yield ComponentKind.PROCESSOR, processor
        for exporter in spec.exporters:
            yield ComponentKind.CONNECTOR if exporter in config.connectors else ComponentKind.EXPORTER, exporter


def _without_polling(pipelines: Pipelines, config: Config, placed: Placed) -> Pipelines:
    """Leave out receivers of the first worker, then pipelines that nothing feeds any more."""
    left = dict(pipelines)
    while True:
        fed = {exporter for spec in left.values() for exporter in spec.exporters if exporter in config.connectors}
        after: dict[PipelineId, PipelineConfig] = {}
        for pipeline, spec in left.items():
            receivers = [
                receiver
                for receiver in spec.receivers
                if (receiver in fed if receiver in config.connectors else _everywhere(placed, receiver))
            ]
            if receivers:
                after[pipeline] = spec.model_copy(update={"receivers": receivers})
        if after == left:
            return after
        left = after


def _everywhere(placed: Placed, receiver: ComponentId) -> bool:
    return placed(ComponentKind.RECEIVER, receiver) is Placement.EVERY_WORKER


def _part(config: Config, pipelines: Pipelines, extensions: Iterable[ComponentId]) -> Config:
    update: dict[str, Any] = {"pipelines": dict(pipelines), "extensions": list(extensions)}
    return replace(config, service=config.service.model_copy(update=update))


def _because(kind: ComponentKind, component: ComponentId) -> str:
    return f'{kind} "{component}" must be in one process with all that leads to it'
