"""Holds a custom resource against the schema of its CRD as the API server does. Pure.

Fields: https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation (Strict, which kubectl asks for).
Values: the validations of structural schemas that our CRDs use; CEL rules are among the webhook's own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from otel_operator.api.durations import is_duration
from otel_operator.api.finding import Finding, Path, Rule, at
from otel_operator.json_types import JsonObject

_TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "object": (lambda value: isinstance(value, dict), "a map"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "string": (lambda value: isinstance(value, str), "text"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "integer": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "number": (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a number"),
}
_RANGES = {"int32": range(-(2**31), 2**31), "int64": range(-(2**63), 2**63)}
_PRESERVES = "x-kubernetes-preserve-unknown-fields"
_MAX_SHOWN = 80


def unknown_fields(value: Any, schema: JsonObject, path: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """Report fields of an object that its schema does not have."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(item, schema.get("items") or {}, (*path, index))
    if not isinstance(value, dict):
        return
    properties, others = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, item in value.items():
        inner = properties.get(name, others)
        if isinstance(inner, dict):
            yield from unknown_fields(item, inner, (*path, name))
        elif not schema.get(_PRESERVES) and schema.get("type") == "object":
            yield at(Rule.UNKNOWN_FIELD, (*path, name), _unknown(name, properties))


def wrong_values(value: Any, schema: JsonObject, path: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """Report values that a schema refuses; for objects that have the schema's defaults and not its nulls any more."""
    if problem := _type_problem(value, schema):
        yield at(Rule.SCHEMA, path, problem)
        return
    if "enum" in schema and value not in schema["enum"]:
        yield at(Rule.SCHEMA, path, f"{_given(value)} is not supported; use one of {', '.join(map(str, schema['enum']))}")
    if isinstance(value, str):
        yield from _wrong_text(value, schema, path)
    elif isinstance(value, dict):
        yield from _wrong_fields(value, schema, path)
    elif isinstance(value, list):
        yield from _wrong_items(value, schema, path)
    elif isinstance(value, int | float):
        yield from _wrong_number(value, schema, path)


def _type_problem(value: Any, schema: JsonObject) -> str | None:
    if schema.get("x-kubernetes-int-or-string"):
        wanted = ["integer", "string"]
    elif "type" in schema:
        wanted = [schema["type"]]
    else:
        return None
    if any(_TYPES[kind][0](value) for kind in wanted):
        return None
    names = " or ".join(_TYPES[kind][1] for kind in wanted)
    quoted = ": put it in quotes" if wanted == ["string"] and isinstance(value, bool | int | float) else ""
    return f"must be {names}, got {_given(value)}{quoted}"


def _wrong_text(value: str, schema: JsonObject, path: Path) -> Iterator[Finding]:
    length = len(value)
    if length > schema.get("maxLength", length):
        yield at(Rule.SCHEMA, path, f"has {length} characters; at most {schema['maxLength']} are allowed")
    if length < schema.get("minLength", 0):
        yield at(Rule.SCHEMA, path, f"has {length} characters; at least {schema['minLength']} are needed")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield at(Rule.SCHEMA, path, f"{_given(value)} does not match {schema['pattern']}")
    if schema.get("format") == "duration" and not is_duration(value):
        yield at(Rule.SCHEMA, path, f"{_given(value)} is no duration; write one such as 30s")


def _wrong_number(value: float, schema: JsonObject, path: Path) -> Iterator[Finding]:
    bounds = _RANGES.get(schema.get("format", ""))
    if bounds is not None and value not in bounds:
        yield at(Rule.SCHEMA, path, f"{value} is no {schema['format']}; use a number from {bounds[0]} to {bounds[-1]}")
    if value < schema.get("minimum", value):
        yield at(Rule.SCHEMA, path, f"must be at least {schema['minimum']}, got {value}")
    if value > schema.get("maximum", value):
        yield at(Rule.SCHEMA, path, f"must be at most {schema['maximum']}, got {value}")


def _wrong_fields(value: JsonObject, schema: JsonObject, path: Path) -> Iterator[Finding]:
    for name in schema.get("required") or ():
        if name not in value:
            yield at(Rule.SCHEMA, (*path, name), "is required")
    properties, others = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, item in value.items():
        inner = properties.get(name, others)
        if isinstance(inner, dict):
            yield from wrong_values(item, inner, (*path, name))


def _wrong_items(value: list[Any], schema: JsonObject, path: Path) -> Iterator[Finding]:
    if len(value) < schema.get("minItems", 0):
        yield at(Rule.SCHEMA, path, f"has {len(value)} items; at least {schema['minItems']} are needed")
    for index, item in enumerate(value):
        yield from wrong_values(item, schema.get("items") or {}, (*path, index))
    kind = schema.get("x-kubernetes-list-type")
    names = schema.get("x-kubernetes-list-map-keys") or ()
    first: dict[str, int] = {}
    for index, item in enumerate(value) if kind in ("map", "set") else ():
        key = repr([item.get(name) for name in names] if kind == "map" and isinstance(item, dict) else item)
        earlier = first.setdefault(key, index)
        if earlier != index:
            same = f"has the same {' and '.join(names)} as" if kind == "map" else "is the same as"
            yield at(Rule.SCHEMA, (*path, index), f"{same} item {earlier}; each may be there once")


def _unknown(name: str, properties: JsonObject) -> str:
    close = get_close_matches(name, properties, n=1)
    return f'unknown field; did you mean "{close[0]}"?' if close else "unknown field; remove it"


def _given(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
