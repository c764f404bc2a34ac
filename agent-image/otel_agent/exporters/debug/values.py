"""Spells single values the way the Go collector prints them."""

import base64
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

_TYPE_NAMES = {
    "string_value": "Str",
    "bool_value": "Bool",
    "int_value": "Int",
    "double_value": "Double",
    "array_value": "Slice",
    "kvlist_value": "Map",
    "bytes_value": "Bytes",
}


def typed(value: Any) -> str:
    """`Str(checkout)`, `Int(3)`, `Map({"a":1})`; `Empty()` when no value is set."""
    return f"{_TYPE_NAMES.get(value.WhichOneof('value'), 'Empty')}({plain(value)})"


def plain(value: Any) -> str:
    """Return an AnyValue as text: JSON for maps and slices, base64 for bytes."""
    content = _content(value)
    match content:
        case None:
            return ""
        case bool():
            return "true" if content else "false"
        case float():
            return shortest(content)
        case dict() | list():
            return orjson.dumps(content).decode("utf-8")
        case _:
            return str(content)


def attribute_lines(attributes: Iterable[Any], indent: str = "     ") -> Iterator[str]:
    """`     -> key: Type(value)` for each attribute."""
    for attribute in attributes:
        yield f"{indent}-> {attribute.key}: {typed(attribute.value)}"


def pairs(attributes: Iterable[Any], separator: str = " ") -> str:
    """`k=v k=v`."""
    return separator.join(f"{attribute.key}={plain(attribute.value)}" for attribute in attributes)


def timestamp(nanoseconds: int) -> str:
    """`2020-02-11 20:26:13.000000789 +0000 UTC`: Go's default spelling, trailing zeros of the fraction dropped."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    try:
        text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{nanoseconds} ns after 1970"
    return f"{text}{fraction} +0000 UTC"


def fixed(number: float) -> str:
    """Six decimals, as Go's %f."""
    if math.isnan(number):
        return "NaN"
    return f"{number:f}" if math.isfinite(number) else "+Inf" if number > 0 else "-Inf"


def shortest(number: float) -> str:
    """Return the shortest spelling: integers without a decimal point."""
    if not math.isfinite(number):
        return fixed(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)


def number(point: Any) -> str:
    """Value of a number data point or exemplar, with six decimals when it is a double."""
    kind = point.WhichOneof("value")
    return "" if kind is None else str(point.as_int) if kind == "as_int" else fixed(point.as_double)


def _content(value: Any) -> Any:
    """Return an AnyValue as plain Python, ready for JSON."""
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [_content(item) for item in value.array_value.values]
        case "kvlist_value":
            return {item.key: _content(item.value) for item in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode("ascii")
        case _:
            return getattr(value, kind)
