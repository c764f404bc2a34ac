"""Editors that replace text: replace_match and replace_all_matches by globs, replace_pattern and replace_all_patterns by RE2.

A replacement for a pattern may name what its groups found: `$1`, `${1}`, `$name`, `${name}`, `$$` for a dollar sign.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from otel_agent.ottl.editors.target import map_at
from otel_agent.ottl.function import Accessor, Function, Kind, Parameter
from otel_agent.ottl.patterns import Pattern, glob, regex
from otel_agent.ottl.values import EvaluationError, Value, WrongType

Apply = Callable[[Value], Value] | None

_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))", re.ASCII)
_VERB = re.compile(r"%(?:\[\d+\])?[-+# 0]*(?:\d+|\*)?(?:\.(?:\d+|\*)?)?(.)", re.DOTALL)


def _checked_format(text: str) -> str:
    if text.replace("%%", "").count("%s") != 1 or [verb for verb in _VERB.findall(text) if verb != "%"] != ["s"]:
        raise ValueError("replacement_format has exactly one %s and no other verb")
    return text


def _finished(text: str, function: Apply, form: str | None) -> str:
    """Return the replacement as the function and the format make it."""
    if function is None:
        return text
    result = function(text)
    if not isinstance(result, str):
        raise WrongType("the function for the replacement has to return a string")
    return result if form is None else form.replace("%s", result.replace("%", "%%")).replace("%%", "%")


@lru_cache(1000)
def _template(replacement: str) -> tuple[str | int, ...]:
    """Return literal text and, as a tuple of one, names of groups in turn: even places are text, odd ones names."""
    parts: list[str | int] = []
    position = 0
    for found in _REFERENCE.finditer(replacement):
        dollar, braced, plain = found.groups()
        parts.append(replacement[position : found.start()] + ("$" if dollar else ""))
        name = braced or plain
        parts.append("" if name is None else int(name) if name.isdigit() else name)
        position = found.end()
    parts.append(replacement[position:])
    return tuple(parts)


def _expand(replacement: str, pattern: Any, found: Any) -> str:
    if "$" not in replacement:
        return replacement
    result = []
    for place, part in enumerate(_template(replacement)):
        if place % 2 == 0:
            result.append(str(part))
            continue
        number = part if isinstance(part, int) else pattern.groupindex.get(part)
        if number is not None and number <= pattern.groups:
            result.append(found.group(number) or "")
    return "".join(result)


def replace_all(pattern: Any, text: str, replacement: str, function: Apply = None, form: str | None = None) -> str | None:
    """Return the text with every match replaced; None where there is no match."""
    parts: list[str] = []
    position = 0
    for found in pattern.finditer(text):
        if parts and found.end() == position:
            continue  # as in Go, nothing that is empty is found right behind a match
        parts.append(text[position : found.start()])
        parts.append(_finished(_expand(replacement, pattern, found), function, form))
        position = found.end()
    if not parts:
        return None
    parts.append(text[position:])
    return "".join(parts)


def replaced(pattern: Pattern, text: str, replacement: str, function: Apply, form: str | None) -> str | None:
    """As `replace_all`, by the kernel where it can do it."""
    if function is None and pattern.native is not None:
        return pattern.native.replace(text, replacement)
    return replace_all(pattern.expression, text, replacement, function, form)


def _replace_match(item: Any, target: Accessor, pattern: Pattern, replacement: str, function: Apply, form: str | None) -> None:
    found = target.get(item)
    new = _finished(replacement, function, form)
    if isinstance(found, str) and pattern.is_in(found):
        target.set(item, new)


def _replace_all_matches(
    item: Any, target: Accessor, pattern: Pattern, replacement: str, function: Apply, form: str | None
) -> None:
    found = map_at(target, item)
    new = _finished(replacement, function, form)
    target.set(item, {k: new if isinstance(v, str) and pattern.is_in(v) else v for k, v in found.items()})


def _replace_pattern(item: Any, target: Accessor, pattern: Pattern, replacement: str, function: Apply, form: str | None) -> None:
    found = target.get(item)
    if isinstance(found, str):
        new = replaced(pattern, found, replacement, function, form)
        if new is not None:
            target.set(item, new)


def _replace_all_patterns(
    item: Any, target: Accessor, mode: str, pattern: Pattern, replacement: str, function: Apply, form: str | None
) -> None:
    found = map_at(target, item)
    if mode == "value" and function is None and pattern.native is not None:
        replacements = pattern.native.replace_in(found, replacement)
        if replacements:
            target.set(item, {**found, **replacements})
        return
    result: dict[str, Value] = {}
    changed = False
    for key, value in found.items():
        text = key if mode == "key" else value
        try:
            new = replaced(pattern, text, replacement, function, form) if isinstance(text, str) else None
        except EvaluationError:
            if mode == "key":
                changed = True
                continue
            new = None
        if new is None:
            result[key] = value
            continue
        changed = True
        if mode == "key":
            result[new] = value
        else:
            result[key] = new
    if changed:
        target.set(item, result)


def _check_mode(literals: Mapping[str, Any]) -> None:
    if literals["mode"] not in ("key", "value"):
        raise ValueError(f"the mode is key or value, not {literals['mode']!r}")


_TARGET = Parameter("target", Kind.TARGET)
_GLOB = Parameter("pattern", Kind.STRING, compiled=glob)
_REGEX = Parameter("regex_pattern", Kind.STRING, compiled=regex)
_REPLACEMENT = (
    Parameter("replacement", Kind.STRING),
    Parameter("function", Kind.FUNCTION, optional=True),
    Parameter("replacement_format", Kind.STRING, optional=True, compiled=_checked_format),
)

FUNCTIONS: tuple[Function, ...] = (
    Function("replace_match", (_TARGET, _GLOB, *_REPLACEMENT), _replace_match, takes_item=True),
    Function("replace_all_matches", (_TARGET, _GLOB, *_REPLACEMENT), _replace_all_matches, takes_item=True),
    Function("replace_pattern", (_TARGET, _REGEX, *_REPLACEMENT), _replace_pattern, takes_item=True),
    Function(
        "replace_all_patterns",
        (_TARGET, Parameter("mode", Kind.STRING, literal=True), _REGEX, *_REPLACEMENT),
        _replace_all_patterns,
        takes_item=True,
        check=_check_mode,
    ),
)
