"""The hash of a configuration, which names its ConfigMap and marks the pods that run it.

It is the SHA-256 of the JSON that the Go operator's types encode to, so that taking over a cluster rolls no pod. That JSON has
the sections in the order of the Go struct, keys of free-form maps sorted, no white space, and Go's ways with strings and numbers.
"""

import json
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256
from math import isfinite
from typing import Any

from otel_operator.api.config_text import SECTIONS
from otel_operator.json_types import JsonObject

_SERVICE = ("extensions", "telemetry", "pipelines")
_PIPELINE = ("exporters", "processors", "receivers")
_REQUIRED = frozenset({"receivers", "exporters", "service", "pipelines"})
_encode_text = json.JSONEncoder(ensure_ascii=False).encode
_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def config_hash(config: JsonObject) -> str:
    """Return the hash of `config` (defaulted) as 64 hexadecimal digits.

    Keys that the Go types do not know come after those they know, sorted; the Go operator drops them.
    """
    return sha256(canonical_json(config).encode("utf-8", "replace")).hexdigest()


def canonical_json(config: JsonObject) -> str:
    """Return the text that is hashed."""
    members = {key: _value(value) for key, value in config.items()}
    if isinstance(config.get("service"), dict):
        members["service"] = _service(config["service"])
    return _object(members, SECTIONS, config)


def _service(service: JsonObject) -> str:
    members = {key: _value(value) for key, value in service.items()}
    pipelines = service.get("pipelines")
    if isinstance(pipelines, dict):
        members["pipelines"] = _join((name, _pipeline(pipelines[name])) for name in sorted(pipelines))
    return _object(members, _SERVICE, service)


def _pipeline(pipeline: Any) -> str:
    if not isinstance(pipeline, dict):
        return _value(pipeline)
    return _object({key: _value(value) for key, value in pipeline.items()}, _PIPELINE, pipeline)


def _object(members: dict[str, str], order: tuple[str, ...], source: JsonObject) -> str:
    """Join encoded members: known keys in order (optional ones left out where null or an empty list), then the others."""
    known = [(key, members.get(key, "null")) for key in order if key in _REQUIRED or source.get(key) not in (None, [])]
    return _join([*known, *((key, members[key]) for key in sorted(members.keys() - set(order)))])


def _value(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case int() | float():
            return _number(float(value))
        case dict():
            return _join((key, _value(value[key])) for key in sorted(value))
        case list():
            return f"[{','.join(map(_value, value))}]"
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _join(members: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{_string(key)}:{text}" for key, text in members) + "}"


def _string(text: str) -> str:
    return _encode_text(text).translate(_ESCAPES)


def _number(number: float) -> str:
    """Format as Go does a float64, which is what it holds any JSON number in."""
    if not isfinite(number):
        raise ValueError(f"{number} is no JSON number")
    shortest = repr(number)
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return f"{Decimal(shortest):f}".removesuffix(".0")
    mantissa, _, exponent = shortest.partition("e")
    return f"{mantissa}e{int(exponent):+d}"
