"""What a configuration does, group after group: pure, and compiled from the statements' text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otel_agent.ottl import functions
from otel_agent.ottl.compiling import Compiler
from otel_agent.ottl.configuration import raise_mistakes
from otel_agent.ottl.contexts.context import CONTEXTS, SIGNAL_CONTEXTS
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.function import Function
from otel_agent.ottl.inference import infer_context
from otel_agent.ottl.program import (
    Condition,
    ErrorMode,
    ParsedCondition,
    ParsedStatement,
    Statement,
    compile_condition,
    compile_statement,
    read_condition,
    read_statement,
    shortened,
)
from otel_agent.processors.transform.functions import FUNCTIONS

if TYPE_CHECKING:
    from otel_agent.processors.transform.config import StatementGroup, TransformConfig

_FUNCTIONS: Mapping[str, Function] = {**functions.STANDARD, **functions.table(FUNCTIONS)}
_KEYS = {"traces": "trace_statements", "metrics": "metric_statements", "logs": "log_statements"}


@dataclass(frozen=True, slots=True)
class Group:
    """Statements of one context."""

    context: str
    statements: tuple[Statement, ...]
    conditions: tuple[Condition, ...]
    mode: ErrorMode
    shared_cache: bool


def compiler(context: str) -> Compiler:
    """Return a compiler with the functions that transforming has."""
    return Compiler(CONTEXTS[context], _FUNCTIONS)


def check(config: TransformConfig) -> None:
    """ValueError with all mistakes in the statements."""
    mistakes: list[str] = []
    for signal, key in _KEYS.items():
        groups = getattr(config, key)
        for number, group in enumerate(groups):
            # A single group with nothing but statements is what plain members of the list were gathered into.
            plain = len(groups) == 1 and not group.context and not group.conditions and group.error_mode is None
            statements = key if plain else f"{key}[{number}].statements"
            _Reading(signal, group, statements, f"{key}[{number}].conditions", mistakes).group(config.error_mode)
    raise_mistakes(mistakes)


def plan(config: TransformConfig, signal: str) -> list[Group]:
    """Return the groups in the order in which they run; ValueError for mistakes."""
    mistakes: list[str] = []
    groups = [_Reading(signal, group, "", "", mistakes).group(config.error_mode) for group in getattr(config, _KEYS[signal])]
    raise_mistakes(mistakes)
    return [group for group in groups if group is not None and group.statements]


@dataclass(slots=True)
class _Reading:
    """Reads one group and collects its mistakes."""

    signal: str
    source: StatementGroup
    statements_at: str
    conditions_at: str
    mistakes: list[str]

    def group(self, mode: ErrorMode) -> Group | None:
        """Return the group, None where there are mistakes."""
        before = len(self.mistakes)
        statements = [self._statement(number, text) for number, text in enumerate(self.source.statements)]
        conditions = [self._condition(number, text) for number, text in enumerate(self.source.conditions)]
        if len(self.mistakes) > before:
            return None
        context = self._context([parsed for parsed in (*statements, *conditions) if parsed is not None])
        if context is None:
            return None
        prefixed = not self.source.context
        compiled_statements, compiled_conditions = [], []
        for number, statement in enumerate(statements):
            if statement is not None:
                try:
                    compiled_statements.append(compile_statement(statement, context, _FUNCTIONS, prefixed=prefixed))
                except OttlError as error:
                    self._mistake(self.statements_at, number, error, statement.text)
        for number, condition in enumerate(conditions):
            if condition is not None:
                try:
                    compiled_conditions.append(compile_condition(condition, context, functions.CONVERTERS, prefixed=prefixed))
                except OttlError as error:
                    self._mistake(self.conditions_at, number, error, condition.text)
        mode = self.source.error_mode or mode
        return Group(context, tuple(compiled_statements), tuple(compiled_conditions), mode, self.source.shared_cache)

    def _statement(self, number: int, text: str) -> ParsedStatement | None:
        try:
            return read_statement(text)
        except OttlError as error:
            self._mistake(self.statements_at, number, error, text)
            return None

    def _condition(self, number: int, text: str) -> ParsedCondition | None:
        try:
            return read_condition(text)
        except OttlError as error:
            self._mistake(self.conditions_at, number, error, text)
            return None

    def _context(self, parsed: list[ParsedStatement | ParsedCondition]) -> str | None:
        known = SIGNAL_CONTEXTS[self.signal]
        if self.source.context:
            if self.source.context in known:
                return self.source.context
            self.mistakes.append(f"{self.statements_at}: the context {self.source.context} is not one of {', '.join(known)}")
            return None
        if not parsed:
            return known[-1]
        try:
            return infer_context([node for one in parsed for node in one.nodes], known, _FUNCTIONS)
        except ValueError as error:
            self.mistakes.append(f"{self.statements_at}: {error}")
            return None

    def _mistake(self, place: str, number: int, error: OttlError, text: str) -> None:
        self.mistakes.append(f"{place}[{number}]: {error} in {shortened(text)}")
