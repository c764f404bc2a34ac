"""Values of attributes and fields as Python has them: how they compare, hash and convert (portable twin of the kernel's)."""

import hashlib
import math
import operator
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Value = None | bool | int | float | str | bytes


class Other:
    """An array, a map, or an index into a table of strings: without order, equal to nothing."""


OTHER = Other()

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NAMED = re.compile(r"[+-]?(inf|infinity|nan)", re.IGNORECASE | re.ASCII)
_LIMIT = 2.0**63
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def read(value: Any) -> Value | Other:
    """Return the value of an AnyValue."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind in ("array_value", "kvlist_value", "string_value_strindex"):
        return OTHER
    found: Value = getattr(value, kind)
    return found


def read_deep(message: Any) -> Any:
    """Return the value of an AnyValue with all that is in it: lists, and dicts with the first of equal keys."""
    kind = message.WhichOneof("value")
    if kind is None or kind == "string_value_strindex":
        return None
    if kind == "array_value":
        return [read_deep(member) for member in message.array_value.values]
    return read_map(message.kvlist_value.values) if kind == "kvlist_value" else getattr(message, kind)


def read_map(entries: Any) -> dict[str, Any]:
    """Return the values of a list of KeyValue, of equal keys the first."""
    found: dict[str, Any] = {}
    for entry in entries:
        key = entry.key
        if key not in found:
            found[key] = read_deep(entry.value)
    return found


def write(target: Any, value: Any) -> None:
    """Set an empty AnyValue to a literal, a list or a dict."""
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for member in value:
            write(target.array_value.values.add(), member)
    elif isinstance(value, dict):
        target.kvlist_value.SetInParent()
        for key, member in value.items():
            entry = target.kvlist_value.values.add(key=key)
            entry.value.SetInParent()
            write(entry.value, member)


def compare(comparison: str, one: Value | Other, other: Value | Other) -> bool:
    """One of the six comparisons by the table of OTTL."""
    if comparison == "==":
        return _equal(one, other)
    if comparison == "!=":
        return not _equal(one, other)
    pair = _comparable(one, other)
    return pair is not None and _ORDERINGS[comparison](*pair)


def _equal(one: Value | Other, other: Value | Other) -> bool:
    if one is None or other is None:
        return (one is None or one == b"") and (other is None or other == b"")
    pair = _comparable(one, other)
    return pair is not None and bool(operator.eq(*pair))


def _comparable(one: Value | Other, other: Value | Other) -> tuple[Any, Any] | None:
    if one is None or other is None or isinstance(one, Other) or isinstance(other, Other):
        return None
    if type(one) is type(other):
        return one, other
    if {type(one), type(other)} == {int, float}:
        return float(one), float(other)
    return None


def plain(value: Value | Other) -> str | None:
    """Return a text itself, a bool or a number as text, a double without an exponent; None for all else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float):
        return None
    if not math.isfinite(value):
        return shortest(value)
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def digest(value: Value | Other, algorithm: str) -> str:
    """Hex digest of the bytes of a text, a bool or a number; `""` for all else, and for empty text under SHA-1."""
    if isinstance(value, str):
        if not value and algorithm == "sha1":
            return ""
        data = value.encode()
    elif isinstance(value, bool):
        data = bytes([value])
    elif isinstance(value, int):
        data = struct.pack("<q", value)
    elif isinstance(value, float):
        data = struct.pack("<d", value)
    else:
        return ""
    return (hashlib.sha1(data, usedforsecurity=False) if algorithm == "sha1" else hashlib.sha256(data)).hexdigest()


def convert(value: Value | Other, target: str) -> Value:
    """Return the value as `int`, `double` or `string`; None where it is that already or cannot be."""
    if value is None or isinstance(value, (bytes, Other)):
        return None
    if target == "int":
        return _to_int(value)
    if target == "double":
        return _to_double(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return shortest(value) if isinstance(value, float) else None


def _to_int(value: bool | int | float | str) -> int | None:
    if isinstance(value, str):
        # A longer one is out of range, unless it begins with zeros, and Python refuses to read very long ones.
        digits = value.lstrip("+-").lstrip("0")
        found = (
            int(value[:1].strip("+0123456789") + (digits or "0")) if _INTEGER.fullmatch(value) and len(digits) < 20 else _LIMIT
        )
        return int(found) if -_LIMIT <= found < _LIMIT else None
    if isinstance(value, float):
        return int(value) if -_LIMIT <= value < _LIMIT else None
    return int(value) if isinstance(value, bool) else None


def _to_double(value: bool | int | float | str) -> float | None:
    if isinstance(value, str):
        if _NAMED.fullmatch(value):
            return float(value)
        found = float(value) if _NUMBER.fullmatch(value) else math.inf
        return found if math.isfinite(found) else None
    return float(value) if not isinstance(value, float) else None


def shortest(value: float) -> str:
    """Return the fewest digits that read back the same, with an exponent below 1e-6 and from 1e21 on, as JSON has it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    number = Decimal(repr(value))
    if value != 0 and not 1e-6 <= abs(value) < 1e21:
        sign, digits, _ = number.as_tuple()
        text = "".join(map(str, digits)).rstrip("0")
        mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
        return f"{'-' if sign else ''}{mantissa}e{number.adjusted():+d}"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
