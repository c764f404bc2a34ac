"""Compiles expressions, conditions and templates to functions of an entry."""

import re
from collections.abc import Callable
from typing import Any

from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.expression.evaluation import Expression, PatternCompiler, compile_node
from otel_agent.stanza.expression.functions import type_name
from otel_agent.stanza.expression.lexer import ExpressionError
from otel_agent.stanza.expression.syntax import parse

__all__ = [
    "Condition",
    "Expression",
    "PatternCompiler",
    "check_expression",
    "compile_condition",
    "compile_expression",
    "compile_template",
]

Condition = Callable[[Entry], bool]
_EMBEDDED = re.compile(r"EXPR\((?P<expression>(?:(?!EXPR\().)*)\)", re.DOTALL)


def compile_expression(text: str, patterns: PatternCompiler) -> Expression:
    """Compile; `ExpressionError` for what is no expression."""
    compiled = compile_node(parse(text), patterns)

    def evaluate(entry: Entry) -> Any:
        try:
            return compiled(entry)
        except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
            raise EntryError(f'expression "{_shortened(text)}": {error}') from error

    return evaluate


def compile_condition(text: str, patterns: PatternCompiler) -> Condition:
    """Compile an expression that has to give a boolean; `EntryError` at an entry where it gives something else."""
    node = parse(text)
    if node.kind in ("list", "map") or (node.kind == "constant" and not isinstance(node.value, bool)):
        raise ExpressionError("expected a condition", node.column)
    compiled = compile_node(node, patterns)

    def evaluate(entry: Entry) -> bool:
        try:
            found = compiled(entry)
        except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
            raise EntryError(f'condition "{_shortened(text)}": {error}') from error
        if found is True or found is False:
            return found
        raise EntryError(f'condition "{_shortened(text)}" gave {type_name(found)}, not a bool')

    return evaluate


def compile_template(text: str, patterns: PatternCompiler) -> Expression | None:
    """Compile text with `EXPR(…)` in it to a function that gives text; None when there is none."""
    parts: list[str | Expression] = []
    position = 0
    for match in _EMBEDDED.finditer(text):
        parts += [text[position : match.start()], compile_expression(match["expression"], patterns)]
        position = match.end()
    if not parts:
        return None
    parts.append(text[position:])

    def render(entry: Entry) -> str:
        rendered = [part if isinstance(part, str) else part(entry) for part in parts]
        for item in rendered:
            if not isinstance(item, str):
                raise EntryError(f'"{_shortened(text)}": the expression gave {type_name(item)}, not a string')
        return "".join(rendered)

    return render


def check_expression(text: str) -> None:
    """Refuse what is no expression, without compiling its patterns; ValueError."""
    compile_node(parse(text), lambda _: lambda _text: None)


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "…"
