"""Statements and conditions that are ready to run, and what happens when one of them fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from otel_agent.ottl import syntax
from otel_agent.ottl.compiling import Compiler
from otel_agent.ottl.contexts.context import CONTEXTS
from otel_agent.ottl.expression import Get, Test
from otel_agent.ottl.function import Function
from otel_agent.ottl.parser import parse_condition, parse_statement
from otel_agent.ottl.values import EvaluationError


class ErrorMode(StrEnum):
    """What a failure at run time leads to."""

    IGNORE = "ignore"
    """It is logged, the statement is skipped, the condition is false."""
    SILENT = "silent"
    """As ignore, without the log."""
    PROPAGATE = "propagate"
    """The whole request is refused."""


class Failed(Exception):
    """A statement or condition failed under `propagate`; the text names it."""


Report = Callable[[str, Exception], None]
"""Takes the text of a statement and what went wrong."""


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """A statement and its tree."""

    text: str
    tree: syntax.Statement

    @property
    def nodes(self) -> tuple[syntax.Node, ...]:
        """What hints at the context."""
        return (self.tree.editor,) if self.tree.condition is None else (self.tree.editor, self.tree.condition)


@dataclass(frozen=True, slots=True)
class ParsedCondition:
    """A condition and its tree."""

    text: str
    tree: syntax.Node

    @property
    def nodes(self) -> tuple[syntax.Node, ...]:
        """What hints at the context."""
        return (self.tree,)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that can run."""

    text: str
    edit: Get
    condition: Test | None
    tree: syntax.Statement


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that can be asked."""

    text: str
    test: Test
    tree: syntax.Node


def read_statement(text: str) -> ParsedStatement:
    """Parse a statement; OttlError names the column."""
    return ParsedStatement(text, parse_statement(text))


def read_condition(text: str) -> ParsedCondition:
    """Parse a condition; OttlError names the column."""
    return ParsedCondition(text, parse_condition(text))


def compile_statement(
    parsed: ParsedStatement, context: str, functions: Mapping[str, Function], *, prefixed: bool = False
) -> Statement:
    """Compile for a context; OttlError names the column."""
    compiler = Compiler(CONTEXTS[context], functions, prefixed)
    condition = None if parsed.tree.condition is None else compiler.condition(parsed.tree.condition)
    return Statement(parsed.text, compiler.editor(parsed.tree.editor), condition, parsed.tree)


def compile_condition(
    parsed: ParsedCondition, context: str, functions: Mapping[str, Function], *, prefixed: bool = False
) -> Condition:
    """Compile for a context; OttlError names the column."""
    return Condition(parsed.text, Compiler(CONTEXTS[context], functions, prefixed).condition(parsed.tree), parsed.tree)


def run_statements(statements: Sequence[Statement], mode: ErrorMode, report: Report) -> Callable[[Any], None]:
    """Return a function that runs the statements on an item, one after the other; Failed under `propagate`."""
    parts = [(statement.condition, statement.edit, statement.text) for statement in statements]

    def run(item: Any) -> None:
        for condition, edit, text in parts:
            try:
                if condition is None or condition(item):
                    edit(item)
            except Exception as error:  # noqa: BLE001 -- edge: whatever a function of a statement raises, `mode` says what it leads to
                _failed(text, error, mode, report)

    return run


def any_condition(conditions: Sequence[Condition], mode: ErrorMode, report: Report) -> Test:
    """Return a function that tells whether one of the conditions is true of an item; Failed under `propagate`."""
    parts = [(condition.test, condition.text) for condition in conditions]

    def test(item: Any) -> bool:
        for holds, text in parts:
            try:
                if holds(item):
                    return True
            except Exception as error:  # noqa: BLE001 -- edge: whatever a function of a statement raises, `mode` says what it leads to
                _failed(text, error, mode, report)
        return False

    return test


def _failed(text: str, error: Exception, mode: ErrorMode, report: Report) -> None:
    if not isinstance(error, EvaluationError):  # a fault of the function itself: the type is what its author needs
        error = EvaluationError(f"{type(error).__name__}: {error}")
    if mode is ErrorMode.PROPAGATE:
        raise Failed(f"failed to execute {shortened(text)}: {error}") from error
    if mode is ErrorMode.IGNORE:
        report(text, error)


def shortened(text: str) -> str:
    """Return a statement for a message, cut where it is long."""
    return repr(text if len(text) <= 200 else f"{text[:200]}…")


__all__ = [
    "Condition",
    "ErrorMode",
    "Failed",
    "ParsedCondition",
    "ParsedStatement",
    "Statement",
    "any_condition",
    "compile_condition",
    "compile_statement",
    "read_condition",
    "read_statement",
    "run_statements",
    "shortened",
]
