"""What a plain YAML scalar means to Go's yaml.v3: YAML 1.2 with the octal and underscore numbers of 1.1.

Only true and false are booleans (yes, no, on and off are strings), and dates stay strings.
"""

import math
import re
from typing import Any

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SPECIAL_FLOATS = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGERS = (
    (re.compile(r"[-+]?(?:0|[1-9][0-9]*)"), 10),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?0[oO][0-7]+"), 8),
    (re.compile(r"[-+]?0[bB][01]+"), 2),
    (re.compile(r"[-+]?0[0-7]+"), 8),
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NUMBER_START = frozenset("+-.0123456789")
_MAX_NUMBER_TEXT = 400
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**64 - 1

_TAG_PREFIX = "tag:yaml.org,2002:"
_TAG_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}


def resolve_plain(text: str) -> Any:
    """Value of an unquoted, untagged scalar."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in _NUMBER_START or len(text) > _MAX_NUMBER_TEXT:
        return text
    if text in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[text]
    number = _resolve_number(text.replace("_", ""))
    return text if number is None else number


def _resolve_number(digits: str) -> int | float | None:
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(digits):
            value = int(digits, base)
            if _MIN_INTEGER <= value <= _MAX_INTEGER:
                return value
            return _finite(digits) if base == 10 else None
    return _finite(digits) if _FLOAT.fullmatch(digits) else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return None if math.isinf(number) else number


def resolve_tagged(text: str, tag: str) -> Any:
    """Value of a scalar with an explicit tag; ValueError when the text does not fit a core tag. Other tags give a string."""
    types = _TAG_TYPES.get(tag.removeprefix(_TAG_PREFIX))
    if types is None:
        return text
    value = resolve_plain(text)
    if type(value) not in types:
        raise ValueError(f'cannot read "{text[:80]}" as !!{tag.removeprefix(_TAG_PREFIX)}')
    return float(value) if types[0] is float else value
