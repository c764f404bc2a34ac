"""What a configuration drops, in the order in which it is looked at: pure, and compiled from the conditions' text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otel_agent.ottl import functions
from otel_agent.ottl.compiling import Compiler
from otel_agent.ottl.configuration import raise_mistakes
from otel_agent.ottl.contexts.context import CONTEXTS, SIGNAL_CONTEXTS
from otel_agent.ottl.inference import infer_context
from otel_agent.ottl.program import Condition, ErrorMode, ParsedCondition, compile_condition, read_condition, shortened
from otel_agent.ottl.syntax import Node
from otel_agent.processors.filter import blocks
from otel_agent.processors.filter.functions import FUNCTIONS

if TYPE_CHECKING:
    from otel_agent.processors.filter.config import FilterConfig

_FUNCTIONS = {**functions.CONVERTERS, **functions.table(FUNCTIONS)}


@dataclass(frozen=True, slots=True)
class Level:
    """Conditions of one context; what meets one of them is dropped."""

    context: str
    conditions: tuple[Condition, ...]
    mode: ErrorMode


@dataclass(frozen=True, slots=True)
class _Source:
    """Conditions as the configuration has them, and where."""

    place: str
    conditions: Sequence[str]
    context: str = ""
    mode: ErrorMode | None = None


def compiler(context: str) -> Compiler:
    """Return a compiler with the functions that filters have."""
    return Compiler(CONTEXTS[context], _FUNCTIONS)


def check(config: FilterConfig) -> None:
    """ValueError with all mistakes in the conditions."""
    mistakes: list[str] = []
    for signal in SIGNAL_CONTEXTS:
        for source in _sources(config, signal):
            for number, text in enumerate(source.conditions):
                try:
                    _compiled(text, source.context, signal)
                except ValueError as error:
                    mistakes.append(f"{source.place}[{number}]: {error} in {shortened(text)}")
    raise_mistakes(mistakes)


def plan(config: FilterConfig, signal: str) -> list[Level]:
    """Return the levels in the order in which they run: group after group, in each of them the outer ones first."""
    levels: list[Level] = []
    for source in _sources(config, signal):
        found = [_compiled(text, source.context, signal) for text in source.conditions]
        mode = source.mode or config.error_mode
        for context in reversed(SIGNAL_CONTEXTS[signal]):
            conditions = tuple(condition for name, condition in found if name == context)
            if conditions:
                levels.append(Level(context, conditions, mode))
    levels += [Level(context, (_of_block(context, node),), config.error_mode) for context, node in _blocks(config, signal)]
    return levels


def _compiled(text: str, context: str, signal: str) -> tuple[str, Condition]:
    parsed = read_condition(text)
    name = context or infer_context(parsed.nodes, SIGNAL_CONTEXTS[signal], _FUNCTIONS)
    if name not in SIGNAL_CONTEXTS[signal]:
        raise ValueError(f"the context {name} is not one of {signal}: {', '.join(SIGNAL_CONTEXTS[signal])}")
    return name, compile_condition(parsed, name, _FUNCTIONS, prefixed=not context)


def _sources(config: FilterConfig, signal: str) -> Iterator[_Source]:
    key = {"traces": "trace_conditions", "metrics": "metric_conditions", "logs": "log_conditions"}[signal]
    groups = getattr(config, key)
    for number, group in enumerate(groups):
        # A single group without anything of its own is what plain members of the list were gathered into.
        plain = len(groups) == 1 and not group.context and group.error_mode is None
        yield _Source(key if plain else f"{key}[{number}].conditions", group.conditions, group.context, group.error_mode)
    filters = getattr(config, signal)
    for name in ("resource", "span", "spanevent", "metric", "datapoint", "log_record"):
        conditions = getattr(filters, name, None)
        if conditions:
            yield _Source(f"{signal}.{name}", conditions, "log" if name == "log_record" else name)


def _blocks(config: FilterConfig, signal: str) -> Iterator[tuple[str, Node]]:
    found: list[tuple[str, Node | None]] = []
    if signal == "traces":
        found = [("span", blocks.skip(config.spans.include, config.spans.exclude, blocks.match_span))]
    elif signal == "metrics":
        include, exclude = config.metrics.include, config.metrics.exclude
        found = [
            ("resource", blocks.skip(include, exclude, blocks.match_resource_of_metrics)),
            ("metric", blocks.skip(include, exclude, blocks.match_metric)),
        ]
    else:
        found = [("log", blocks.skip(config.logs.include, config.logs.exclude, blocks.match_log))]
    for context, node in found:
        if node is not None:
            yield context, node


def _of_block(context: str, node: Node) -> Condition:
    return compile_condition(ParsedCondition("include and exclude", node), context, _FUNCTIONS)
