"""Rules for connectors: both sides used, in a supported pair of signals, and no pipeline fed by itself."""

from collections.abc import Callable, Iterator

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.outline import Outline, PipelineOutline
from otel_agent.config.problem import Problem

Pairs = Callable[[ComponentId], frozenset[str] | None]
"""Pairs of a connector, such as `traces_to_metrics`; None when they are not known."""


def connector_problems(outline: Outline, pairs: Pairs) -> Iterator[Problem]:
    """One-sided connectors, and the first cycle."""
    if any(pipeline.open_lists for pipeline in outline.pipelines) or not outline.pipelines_known:
        return
    for connector in outline.defined[ComponentKind.CONNECTOR] or ():
        yield from _sides(connector, outline, pairs(connector))
    cycle = _find_cycle(outline, pairs)
    if cycle:
        yield Problem(("service", "pipelines"), f"cycle detected: {' -> '.join(cycle)}")


def _sides(connector: ComponentId, outline: Outline, pairs: frozenset[str] | None) -> Iterator[Problem]:
    before = [pipeline for pipeline in outline.pipelines if connector in pipeline.exporters]
    after = [pipeline for pipeline in outline.pipelines if connector in pipeline.receivers]
    unfed = [p for p in before if not any(_connects(p, other, pairs) for other in after)]
    unsourced = [p for p in after if not any(_connects(other, p, pairs) for other in before)]
    path = ("connectors", str(connector))
    if unfed:
        used = f'connector "{connector}" used as exporter in {_names(unfed)} pipeline'
        yield Problem(path, f"{used} but not used in any supported receiver pipeline")
    if unsourced:
        used = f'connector "{connector}" used as receiver in {_names(unsourced)} pipeline'
        yield Problem(path, f"{used} but not used in any supported exporter pipeline")


def _connects(before: PipelineOutline, after: PipelineOutline, pairs: frozenset[str] | None) -> bool:
    return pairs is None or f"{before.id.signal}_to_{after.id.signal}" in pairs


def _names(pipelines: list[PipelineOutline]) -> str:
    return f"[{' '.join(str(pipeline.id) for pipeline in pipelines)}]"


def _find_cycle(outline: Outline, pairs: Pairs) -> list[str]:
    """Depth-first search without recursion; the cycle as pipeline, connector, pipeline, … back to the first."""
    connectors = outline.defined[ComponentKind.CONNECTOR] or ()
    edges: dict[int, list[tuple[str, int]]] = {
        source: [
            (str(connector), target)
            for connector in connectors
            if connector in before.exporters
            for target, after in enumerate(outline.pipelines)
            if connector in after.receivers and _connects(before, after, pairs(connector))
        ]
        for source, before in enumerate(outline.pipelines)
    }
    done: set[int] = set()
    for start in edges:
        trail: list[tuple[int, str]] = [(start, "")]
        pending = [iter(edges[start])] if start not in done else []
        while pending:
            step = next(pending[-1], None)
            if step is None:
                pending.pop()
                done.add(trail.pop()[0])
                continue
            connector, target = step
            on_trail = [node for node, _ in trail]
            if target in on_trail:
                return _describe(trail[on_trail.index(target) :], connector, outline)
            if target not in done:
                trail.append((target, connector))
                pending.append(iter(edges[target]))
    return []


def _describe(trail: list[tuple[int, str]], closing: str, outline: Outline) -> list[str]:
    names = [f'pipeline "{outline.pipelines[node].id}"' for node, _ in trail]
    through = [connector for _, connector in trail[1:]] + [closing]
    steps = [part for name, connector in zip(names, through, strict=True) for part in (name, f'connector "{connector}"')]
    return [*steps, names[0]]
