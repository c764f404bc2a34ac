"""Rules for connectors: both sides used, in a supported pair of signals, and no pipeline fed by itself.

The work grows with the number of names in pipeline lists, not with the number of pairs of pipelines: configurations are
checked at admission, where many pipelines around one connector must not cost memory and minutes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.outline import Outline, PipelineOutline
from otel_agent.config.problem import Problem

Pairs = Callable[[ComponentId], frozenset[str] | None]
"""Pairs of a connector, such as `traces_to_metrics`; None when they are not known."""


@dataclass(frozen=True, slots=True)
class _Use:
    """One connector: the pipelines that it ends and those that it begins."""

    connector: ComponentId
    pairs: frozenset[str] | None
    before: list[PipelineOutline]
    after: list[PipelineOutline]

    def connects(self, before: str, after: str) -> bool:
        return self.pairs is None or f"{before}_to_{after}" in self.pairs


_Node = PipelineOutline | tuple[_Use, str]
"""A pipeline, or a connector with the signal that it takes in."""


def connector_problems(outline: Outline, pairs: Pairs) -> Iterator[Problem]:
    """One-sided connectors, and the first cycle."""
    if any(pipeline.open_lists for pipeline in outline.pipelines) or not outline.pipelines_known:
        return
    uses = {connector: _Use(connector, pairs(connector), [], []) for connector in outline.defined[ComponentKind.CONNECTOR] or ()}
    for pipeline in outline.pipelines:
        for connector in uses.keys() & set(pipeline.exporters):
            uses[connector].before.append(pipeline)
        for connector in uses.keys() & set(pipeline.receivers):
            uses[connector].after.append(pipeline)
    for use in uses.values():
        yield from _sides(use)
    cycle = _find_cycle(outline.pipelines, uses)
    if cycle:
        yield Problem(("service", "pipelines"), f"cycle detected: {' -> '.join(cycle)}")


def _sides(use: _Use) -> Iterator[Problem]:
    taken = {pipeline.id.signal for pipeline in use.before}
    given = {pipeline.id.signal for pipeline in use.after}
    unfed = [p for p in use.before if not any(use.connects(p.id.signal, signal) for signal in given)]
    unsourced = [p for p in use.after if not any(use.connects(signal, p.id.signal) for signal in taken)]
    path = ("connectors", str(use.connector))
    if unfed:
        used = f'connector "{use.connector}" used as exporter in {_names(unfed)} pipeline'
        yield Problem(path, f"{used} but not used in any supported receiver pipeline")
    if unsourced:
        used = f'connector "{use.connector}" used as receiver in {_names(unsourced)} pipeline'
        yield Problem(path, f"{used} but not used in any supported exporter pipeline")


def _names(pipelines: list[PipelineOutline]) -> str:
    return f"[{' '.join(str(pipeline.id) for pipeline in pipelines)}]"


def _find_cycle(pipelines: Iterable[PipelineOutline], uses: Mapping[ComponentId, _Use]) -> list[str]:
    """Depth-first search without recursion; the cycle as connector, pipeline, connector, … back to the first, as Go shows it."""
    done: set[str] = set()
    for start in pipelines:
        if _label(start) in done:
            continue
        trail: dict[str, Iterator[_Node]] = {_label(start): _next(start, uses)}
        while trail:
            at = next(reversed(trail))
            node = next(trail[at], None)
            if node is None:
                done.add(at)
                del trail[at]
            elif _label(node) in trail:
                return _describe(list(trail), _label(node))
            elif _label(node) not in done:
                trail[_label(node)] = _next(node, uses)
    return []


def _next(node: _Node, uses: Mapping[ComponentId, _Use]) -> Iterator[_Node]:
    if isinstance(node, PipelineOutline):
        return ((uses[exporter], node.id.signal) for exporter in node.exporters if exporter in uses)
    use, signal = node
    return (pipeline for pipeline in use.after if use.connects(signal, pipeline.id.signal))


def _label(node: _Node) -> str:
    """Name a node; what follows the tab is the signal that a connector takes in, and tells its instances apart."""
    if isinstance(node, PipelineOutline):
        return f'pipeline "{node.id}"'
    return f'connector "{node[0].connector}"\t{node[1]}'


def _describe(trail: list[str], closing: str) -> list[str]:
    cycle = trail[trail.index(closing) :]
    if cycle[0].startswith("pipeline"):
        cycle = [*cycle[1:], cycle[0]]
    cycle.append(cycle[0])
    return [_named(label, after) for label, after in zip(cycle, [*cycle[1:], cycle[1]], strict=True)]


def _named(label: str, after: str) -> str:
    """Add to a connector the signals between which it stands; those of the pipeline after it are in its id."""
    name, _, before = label.partition("\t")
    if not before:
        return name
    signal = after.split('"')[1].partition("/")[0]
    return f"{name} ({before} to {signal})"
