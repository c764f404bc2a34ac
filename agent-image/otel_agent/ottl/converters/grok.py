"""Grok: regular expressions made of named pieces, `%{IPORHOST:client.address} %{INT:http.status:int}`.

`%{PIECE}` becomes a group with the piece's name (a plain group with `named_captures_only`), `%{PIECE:key}` one with the key, and
`%{PIECE:key:type}` converts it: int and long, double and float, bool and boolean, string. Pieces are those of `grok_patterns`
and those that the statement defines.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otel_agent.ottl.converters.grok_patterns import PATTERNS
from otel_agent.ottl.converters.named_groups import compile_named
from otel_agent.ottl.patterns import Pattern
from otel_agent.ottl.values import EvaluationError, Value
from otel_agent.pdata.values import convert

_PIECE = re.compile(r"%\{(\w+(?::[\w+.]+(?::\w+)?)?)\}", re.ASCII)
_DOT = "___"
"""Stands for a dot of a key in a group's name, which takes none."""
_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_LONGEST = 256 * 1024
_ROUNDS = 100


def definitions_of(definitions: Sequence[str]) -> dict[str, str]:
    """Read `NAME=expression` each; ValueError for what is none."""
    found: dict[str, str] = {}
    for index, definition in enumerate(definitions):
        name, equals, expression = definition.partition("=")
        if not equals:
            raise ValueError(f"pattern definition {index}, {definition[:20]!r}, has no '='; write NAME=expression")
        if ":" in name:
            raise ValueError(f"the name {name!r} of a pattern definition has a ':'")
        found[name] = expression
    return found


@dataclass(frozen=True, slots=True)
class Grok:
    """A compiled grok pattern: the keys and types of the expression's groups."""

    pattern: Pattern
    groups: tuple[tuple[int, str, str], ...]
    """Of each group: its number, its key, the type that it is converted to ("" for none)."""

    @classmethod
    def of(cls, expression: str, named_captures_only: bool, definitions: Mapping[str, str]) -> "Grok":
        """Compile; ValueError for an unknown piece, pieces that contain themselves, and what is no expression."""
        expanded, types = _expanded(expression, named_captures_only, definitions)
        pattern, named = compile_named(expanded)
        if named_captures_only and not named:
            raise ValueError("the pattern has no named group; write %{PIECE:name}")
        return cls(pattern, tuple((group, name.replace(_DOT, "."), types.get(name, "")) for group, name in named))

    def extract(self, text: str) -> dict[str, Value]:
        """Return the groups that matched something, of several with one key the last; EvaluationError for the wrong type."""
        found = self.pattern.groups(text)
        if found is None:
            return {}
        return {key: _typed(part, kind, key) for group, key, kind in self.groups if (part := found[group])}


def _expanded(expression: str, named_captures_only: bool, definitions: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    types: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        piece, *key = match[1].split(":")
        known = definitions.get(piece, PATTERNS.get(piece))
        if known is None:
            raise ValueError(f"unknown grok pattern %{{{piece}}}")
        name = (key[0] if key else piece).replace(".", _DOT)
        if len(key) > 1:
            types[name] = key[1]
        return f"({known})" if named_captures_only and not key else f"(?P<{name}>{known})"

    for _ in range(_ROUNDS):
        if not _PIECE.search(expression):
            return expression, types
        expression = _PIECE.sub(replace, expression)
        if len(expression) > _LONGEST:
            break
    raise ValueError(f"the grok pattern is longer than {_LONGEST} characters written out, or contains itself")


def _typed(text: str, kind: str, key: str) -> Value:
    match kind:
        case "" | "string":
            return text
        case "int" | "long":
            value: Value = convert(text, "int")
        case "double" | "float":
            value = convert(text, "double")
        case "bool" | "boolean":
            value = _BOOLEANS.get(text)
        case _:
            raise EvaluationError(
                f"ExtractGrokPatterns: unknown type {kind!r} of {key!r}; known: int, long, double, float, bool, string"
            )
    if value is None:
        raise EvaluationError(f"ExtractGrokPatterns: {key!r} is {text[:64]!r}, which is no {kind}")
    return value
