"""Regular expressions of the RE2 dialect, and globs, as functions use them. Compiled once for each pattern that is met."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from otel_agent.pdata import patterns
from otel_agent.pdata.native import NativePattern, choose

_MOST = 1000
"""Patterns that are kept compiled: those of the configuration, and the latest of those that come with the telemetry."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression. The kernel answers where it is there: a call of RE2's Python objects takes some microseconds."""

    expression: Any
    """As a library of Python has it: `finditer` and `groupindex` as those of `re`."""
    native: NativePattern | None
    is_in: Callable[[str], bool]
    """Whether it is found in a text."""
    groups: Callable[[str], Sequence[str | None] | None]
    """What the groups found at the first match, the match itself first; None without a match."""


@lru_cache(_MOST)
def regex(expression: str) -> Pattern:
    """Compile. ValueError for what is no pattern."""
    compiled, kernel = patterns.compile_pattern(expression), choose()
    try:
        native = None if kernel is None else kernel.Pattern(expression)
    except ValueError:  # the kernel's engine bounds the size of a pattern more tightly
        native = None
    if native is not None:
        return Pattern(compiled, native, native.is_in, native.groups)

    def groups(text: str) -> Sequence[str | None] | None:
        found = compiled.search(text)
        return None if found is None else (found[0], *found.groups())

    return Pattern(compiled, None, lambda text: compiled.search(text) is not None, groups)


def glob(pattern: str) -> Pattern:
    """Compile a glob (`*`, `?`, `[a-z]`, `[!a]`, `{a,b}`) for the whole of a text. ValueError for what is none."""
    return regex(rf"\A(?s:{_translated(pattern)})\z")


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
