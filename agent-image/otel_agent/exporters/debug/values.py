"""Spells single values the way the Go collector prints them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from otel_agent.pdata.any_value import text

NESTED = "          "
"""Before attributes of what is itself within a block."""
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
    return f"{_TYPE_NAMES.get(value.WhichOneof('value'), 'Empty')}({text(value)})"


def attribute_lines(title: str, attributes: Sequence[Any], indent: str = "     ") -> Iterator[str]:
    """`     -> key: Type(value)` for each attribute, below a title; nothing where there are none."""
    if attributes:
        yield title
    for attribute in attributes:
        yield f"{indent}-> {attribute.key}: {typed(attribute.value)}"


def pairs(attributes: Iterable[Any], separator: str = " ") -> str:
    """`k=v k=v`."""
    return separator.join(f"{attribute.key}={text(attribute.value)}" for attribute in attributes)


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


def number(point: Any) -> str:
    """Value of a number data point or exemplar, with six decimals when it is a double."""
    kind = point.WhichOneof("value")
    return "" if kind is None else str(point.as_int) if kind == "as_int" else fixed(point.as_double)
