"""Attribute values as label values: the text that the Go collector makes of them."""

import base64
import math
from decimal import Decimal
from typing import Any

import orjson


def attribute_text(value: Any) -> str:
    """Return an AnyValue as text: JSON for lists and maps, base64 for bytes, nothing for none."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        text: str = value.string_value
        return text
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "int_value":
        return str(value.int_value)
    if kind == "double_value":
        return double_text(value.double_value)
    content = _content(value)
    if isinstance(content, str):
        return content
    return "" if content is None else orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def double_text(number: float) -> str:
    """Shortest digits, with an exponent below 1e-6 and from 1e21 on, as JSON has it in JavaScript and Go."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"
    if number and not 1e-6 <= abs(number) < 1e21:
        digits, _, exponent = repr(number).partition("e")
        return f"{digits.removesuffix('.0')}e{int(exponent):+}"
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def _content(value: Any) -> Any:
    """Return an AnyValue as plain Python."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_content(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: _content(item.value) for item in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode("ascii")
    return getattr(value, kind)
