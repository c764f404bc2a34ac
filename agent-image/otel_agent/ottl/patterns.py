"""Regular expressions of the RE2 dialect, and globs, as functions use them. Compiled once for each pattern that is met."""

import re
from functools import lru_cache
from typing import Any

from otel_agent.pdata import patterns

_MOST = 1000
"""Patterns that are kept compiled: those of the configuration, and the latest of those that come with the telemetry."""


@lru_cache(_MOST)
def regex(expression: str) -> Any:
    """Compile; the result has `search`, `finditer` and `groupindex` as those of `re`. ValueError for what is no pattern."""
    return patterns.compile_pattern(expression)


@lru_cache(_MOST)
def glob(pattern: str) -> Any:
    """Compile a glob (`*`, `?`, `[a-z]`, `[!a]`, `{a,b}`) to what has `fullmatch`. ValueError for what is none."""
    return patterns.compile_pattern(f"(?s:{_translated(pattern)})")


def _translated(pattern: str) -> str:
    parts, position, braces = [], 0, 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        match character:
            case "*":
                parts.append(".*")
            case "?":
                parts.append(".")
            case "\\":
                parts.append(re.escape(pattern[position : position + 1] or "\\"))
                position += 1
            case "[":
                end = pattern.find("]", position + 1)
                if end < 0:
                    raise ValueError(f"pattern {pattern!r}: a bracket is not closed")
                inside = pattern[position:end].replace("\\", "\\\\").replace("[", "\\[")
                parts.append(f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]")
                position = end + 1
            case "{":
                braces += 1
                parts.append("(?:")
            case "}" if braces:
                braces -= 1
                parts.append(")")
            case "," if braces:
                parts.append("|")
            case _:
                parts.append(re.escape(character))
    if braces:
        raise ValueError(f"pattern {pattern!r}: a brace is not closed")
    return "".join(parts)
