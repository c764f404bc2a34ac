"""JSON objects and arrays, and texts that are taken apart by a regular expression."""

from collections.abc import Callable
from typing import Any

import orjson

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.stanza.entry import EntryError, Value
from otel_agent.stanza.native import stanza

Parse = Callable[[Value], Value]
"""From a value to what goes to `parse_to`; `EntryError`."""


def expect_text(value: Value, what: str) -> str:
    """Return text; `EntryError` for any other type."""
    if type(value) is str:
        return value
    if type(value) is bytes:
        return value.decode(errors="replace")
    raise EntryError(f"a value of type {type(value).__name__} cannot be parsed as {what}")


def json_parser(*, parse_ints: bool) -> Parse:
    """Objects; numbers become doubles unless `parse_ints`."""
    loads = orjson.loads

    def parse(value: Value) -> dict[str, Value]:
        if type(value) is not str:
            raise EntryError(f"a value of type {type(value).__name__} cannot be parsed as JSON")
        try:
            parsed = loads(value)
        except ValueError as error:
            raise EntryError(f"not JSON: {error}") from error
        if type(parsed) is not dict:
            raise EntryError("the JSON is not an object")
        if not parse_ints:
            for key, item in parsed.items():
                kind = type(item)
                if kind is int or kind is dict or kind is list:
                    parsed[key] = doubles(item)
        return parsed

    return parse


def doubles(value: Value) -> Value:
    """Return a value with its whole numbers as doubles, in place where there are members."""
    if type(value) is int:
        return float(value)
    if type(value) is dict:
        for key, item in value.items():
            value[key] = doubles(item)
    elif type(value) is list:
        value[:] = [doubles(item) for item in value]
    return value


def json_array_parser(header: str) -> Parse:
    """Return a parser of arrays; with a header (comma-separated names) the members get these names."""
    names = header.split(",") if header else []

    def parse(value: Value) -> Value:
        try:
            parsed = orjson.loads(expect_text(value, "a JSON array"))
        except ValueError as error:
            raise EntryError(f"not JSON: {error}") from error
        if not isinstance(parsed, list):
            raise EntryError("the JSON is not an array")
        if not names:
            return parsed
        if len(parsed) != len(names):
            raise EntryError(f"wrong number of fields: expected {len(names)}, found {len(parsed)}")
        return dict(zip(names, parsed, strict=True))

    return parse


def regex_parser(expression: str, cache_size: int) -> Parse:
    """Return a parser to the named groups of an expression; a group that took no part is empty. ValueError for what is none."""
    capture = _compiled(expression)

    def parse(value: Value) -> dict[str, Value]:
        found = capture(expect_text(value, "text for a regular expression"))
        if found is None:
            raise EntryError("regex pattern does not match")
        return found

    return _cached(parse, cache_size) if cache_size else parse


def _compiled(expression: str) -> Callable[[str], dict[str, Value] | None]:
    pattern: Any = compile_pattern(expression)
    names = sorted(pattern.groupindex, key=lambda name: pattern.groupindex[name])
    if not names:
        raise ValueError("no named capture groups in regex pattern")
    native = stanza()
    return _capture(pattern, names) if native is None else native.NamedGroups(expression).find


def _capture(pattern: Any, names: list[str]) -> Callable[[str], dict[str, Value] | None]:
    search = pattern.search
    indexes = [pattern.groupindex[name] for name in names]
    in_order = indexes == list(range(1, len(indexes) + 1)) == list(range(1, pattern.groups + 1))

    def capture(text: str) -> dict[str, Value] | None:
        match = search(text)
        if match is None:
            return None
        groups = match.groups("")
        if in_order:
            return dict(zip(names, groups, strict=True))
        return {name: groups[index - 1] for name, index in zip(names, indexes, strict=True)}

    return capture


def _cached(parse: Parse, size: int) -> Parse:
    """Keep the latest results by input."""
    known: dict[str, dict[str, Value]] = {}

    def look_up(value: Value) -> Value:
        if type(value) is not str:
            return parse(value)
        found = known.get(value)
        if found is None:
            found = parse(value)
            if len(known) >= size:
                known.pop(next(iter(known)))
            known[value] = found
        return dict(found)

    return look_up
