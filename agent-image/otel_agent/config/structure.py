"""Rules between the sections: what pipelines name must exist, support the signal and form no cycle (service validation)."""

from collections import Counter
from collections.abc import Callable, Iterator

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.connections import connector_problems
from otel_agent.config.outline import Outline, PipelineOutline
from otel_agent.config.problem import Problem

Stability = Callable[[ComponentKind, ComponentId], frozenset[str] | None]
"""Signals that a component supports (for connectors `traces_to_metrics`); None when that is not known."""

_PIPELINES = ("service", "pipelines")
_ROLES = (
    ("receivers", ComponentKind.RECEIVER),
    ("processors", ComponentKind.PROCESSOR),
    ("exporters", ComponentKind.EXPORTER),
)


def structure_problems(outline: Outline, supports: Stability, *, allow_no_pipelines: bool = False) -> Iterator[Problem]:
    """Every broken rule between sections."""
    if not allow_no_pipelines:
        yield from _emptiness(outline)
    yield from _ambiguous_ids(outline)
    for extension in outline.extensions:
        if not outline.has(ComponentKind.EXTENSION, extension):
            yield Problem(("service", "extensions"), f'references extension "{extension}" which is not configured')
    for pipeline in outline.duplicates:
        yield Problem((*_PIPELINES, pipeline.key), f'duplicate name "{pipeline.id}"')
    for pipeline in outline.pipelines:
        yield from _pipeline_problems(pipeline, outline, supports)
    yield from connector_problems(outline, lambda connector: supports(ComponentKind.CONNECTOR, connector))


def _emptiness(outline: Outline) -> Iterator[Problem]:
    for kind in (ComponentKind.RECEIVER, ComponentKind.EXPORTER):
        if outline.defined[kind] == {}:
            yield Problem((), f"no {kind} configuration specified in config")
    if outline.pipelines_known and not outline.pipelines:
        yield Problem(_PIPELINES, "service must have at least one pipeline")


def _ambiguous_ids(outline: Outline) -> Iterator[Problem]:
    for connector in outline.defined[ComponentKind.CONNECTOR] or ():
        for kind in (ComponentKind.RECEIVER, ComponentKind.EXPORTER):
            if connector in (outline.defined[kind] or ()):
                yield Problem(
                    ("connectors", str(connector)),
                    f'ambiguous ID: found both "{connector}" {kind} and "{connector}" connector; '
                    f'rename one of them, for example the connector to "{connector.type}/connector"',
                )


def _pipeline_problems(pipeline: PipelineOutline, outline: Outline, supports: Stability) -> Iterator[Problem]:
    path = (*_PIPELINES, pipeline.key)
    for role, kind in _ROLES:
        ids = pipeline.ids(role)
        if not ids and kind is not ComponentKind.PROCESSOR and role not in pipeline.open_lists:
            yield Problem(path, f"must have at least one {kind}")
        for component, times in Counter(ids).items():
            if kind is ComponentKind.PROCESSOR and times > 1:
                yield Problem(path, f'references processor "{component}" multiple times')
            yield from _reference_problems(path, pipeline, kind, component, outline, supports)


def _reference_problems(
    path: tuple[str, ...],
    pipeline: PipelineOutline,
    kind: ComponentKind,
    component: ComponentId,
    outline: Outline,
    supports: Stability,
) -> Iterator[Problem]:
    if kind is not ComponentKind.PROCESSOR and component in (outline.defined[ComponentKind.CONNECTOR] or ()):
        return
    if not outline.has(kind, component):
        if kind is ComponentKind.PROCESSOR or outline.defined[ComponentKind.CONNECTOR] is not None:
            yield Problem(path, f'references {kind} "{component}" which is not configured')
        return
    signals = supports(kind, component)
    if signals is not None and pipeline.id.signal not in signals:
        known = ", ".join(sorted(signals))
        refused = f'{kind} "{component}" does not support {pipeline.id.signal}'
        yield Problem(path, f"{refused}: telemetry type is not supported (it supports {known})")
