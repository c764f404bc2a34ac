"""Conditions of programs as functions of decoded messages (portable twin of the kernel's)."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from otel_agent.pdata import values
from otel_agent.pdata.json_text import json_text
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.pdata.program import Condition, Path
from otel_agent.pdata.slim import DATA_KINDS
from otel_agent.pdata.values import Other, Value

Place = tuple[Any, ...]
"""The decoded messages from the resource down to the one that is worked on."""
Test = Callable[[Place], bool]
Read = Callable[[Place], Value | Other]


def compile_condition(levels: tuple[str, ...], condition: Condition) -> Test:
    """Make a function of a condition that has been checked."""
    match condition:
        case ("and", *parts):
            tests = [compile_condition(levels, part) for part in parts]
            return lambda place: all(test(place) for test in tests)
        case ("or", *parts):
            tests = [compile_condition(levels, part) for part in parts]
            return lambda place: any(test(place) for test in tests)
        case ("not", part):
            test = compile_condition(levels, part)
            return lambda place: not test(place)
        case ("exists", path):
            find = compile_find(levels, path)
            return lambda place: find(place) is not None
        case ("matches", path, expression):
            read, pattern = compile_read(levels, path), compile_pattern(expression)
            return lambda place: isinstance(text := read(place), str) and pattern.search(text) is not None
        case ("text_matches", path, expression):
            read, pattern = compile_read(levels, path), compile_pattern(expression)
            return lambda place: (text := values.plain(read(place))) is not None and pattern.search(text) is not None
        case ("is", path, literal):
            read = compile_read(levels, path)
            return lambda place: type(value := read(place)) is type(literal) and value == literal
        case ("like", path, expression):
            return _compile_like(levels, path, expression)
        case (comparison, path, tuple() as other):
            one, two = compile_read(levels, path), compile_read(levels, other)
            return lambda place: values.compare(comparison, one(place), two(place))
        case (comparison, path, literal):
            read = compile_read(levels, path)
            return lambda place: values.compare(comparison, read(place), literal)
        case _:
            raise ValueError(f"not a condition: {condition!r}")


def _compile_like(levels: tuple[str, ...], path: Path, expression: str) -> Test:
    read, pattern = compile_read(levels, path), compile_pattern(expression)
    find = compile_find(levels, path) if path[1] == "attributes" else None

    def test(place: Place) -> bool:
        value = read(place)
        if isinstance(value, Other):
            entry = find(place).value if find else place[levels.index(path[0])].body
            value = values.read_deep(entry)
            if value is None:  # an index into a table of strings
                return pattern.search("null") is not None
        text = _as_text(value)
        return text is not None and pattern.search(text) is not None

    return test


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    try:
        return json_text(value)
    except ValueError:
        return None


def compile_find(levels: tuple[str, ...], path: Path) -> Callable[[Place], Any]:
    """Make a function that returns the KeyValue an attribute's path leads to, or None."""
    index, key = levels.index(path[0]), path[2]
    return lambda place: next((entry for entry in place[index].attributes if entry.key == key), None)


def compile_read(levels: tuple[str, ...], path: Path) -> Read:
    """Make a function that returns the value a path leads to."""
    if path[1] == "attributes":
        find = compile_find(levels, path)
        return lambda place: None if (entry := find(place)) is None else values.read(entry.value)
    index = levels.index(path[0])
    if path == ("metric", "type"):
        return lambda place: _metric_type(place[index])
    if path == ("log", "body"):
        return lambda place: values.read(place[index].body)
    field = attrgetter(path[1])
    if path[1].endswith("unix_nano"):
        return lambda place: _signed(field(place[index]))
    return lambda place: field(place[index])


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _metric_type(metric: Any) -> int:
    kind = metric.WhichOneof("data")
    return 0 if kind is None else DATA_KINDS.index(kind) + 1
