"""Functions and operators of expressions over values, as expr-lang has them. Pure; TypeError says what does not fit."""

import json
import math
import operator
import os
from collections.abc import Callable
from typing import Any

_MAX_RANGE = 10_000
_MAX_TEXT = 4 * 1024 * 1024


def _length(value: Any) -> int:
    if isinstance(value, str | list | dict | bytes):
        return len(value)
    raise TypeError(f"len of {type_name(value)}")


def _to_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and len(value) > 30):
        raise TypeError(f"int of {type_name(value)}")
    return int(value)


def _to_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"float of {type_name(value)}")
    return float(value)


def to_text(value: Any) -> str:
    """Return a value as `string()` shows it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _text(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(first: Any, *others: Any) -> Any:
        if not isinstance(first, str):
            raise TypeError(f"{name} of {type_name(first)}")
        return function(first, *others)

    return checked


def type_name(value: Any) -> str:
    """Return what expr-lang's `type` says."""
    kinds = {bool: "bool", int: "int", float: "float", str: "string", list: "array", dict: "map", bytes: "bytes"}
    return "nil" if value is None else kinds.get(type(value), "unknown")


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "len": (1, 1, _length),
    "env": (1, 1, lambda name: os.environ.get(name, "")),
    "int": (1, 1, _to_int),
    "float": (1, 1, _to_float),
    "string": (1, 1, to_text),
    "type": (1, 1, type_name),
    "abs": (1, 1, abs),
    "ceil": (1, 1, lambda value: float(math.ceil(value))),
    "floor": (1, 1, lambda value: float(math.floor(value))),
    "max": (1, 20, max),
    "min": (1, 20, min),
    "lower": (1, 1, _text("lower", str.lower)),
    "upper": (1, 1, _text("upper", str.upper)),
    "trim": (1, 2, _text("trim", str.strip)),
    "trimPrefix": (2, 2, _text("trimPrefix", str.removeprefix)),
    "trimSuffix": (2, 2, _text("trimSuffix", str.removesuffix)),
    "hasPrefix": (2, 2, _text("hasPrefix", lambda text, start: text.startswith(start))),
    "hasSuffix": (2, 2, _text("hasSuffix", lambda text, end: text.endswith(end))),
    "indexOf": (2, 2, _text("indexOf", str.find)),
    "lastIndexOf": (2, 2, _text("lastIndexOf", str.rfind)),
    "split": (2, 3, _text("split", lambda text, by, most=0: text.split(by, most - 1 if most > 0 else -1))),
    "replace": (3, 3, _text("replace", lambda text, old, new: text.replace(old, new))),
    "join": (1, 2, lambda items, by="": by.join(items)),
    "keys": (1, 1, lambda value: list(value.keys())),
    "values": (1, 1, lambda value: list(value.values())),
    "toJSON": (1, 1, lambda value: json.dumps(value, ensure_ascii=False, indent=2, default=str)),
    "fromJSON": (1, 1, _text("fromJSON", json.loads)),
}
"""By name: fewest arguments, most arguments, the function."""


def equal(one: Any, other: Any) -> bool:
    """Compare as expr-lang: numbers by value, everything else only with its own type."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other)


def _ordered(symbol: str, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def checked(one: Any, other: Any) -> bool:
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if not (numbers or (isinstance(one, str) and isinstance(other, str))) or isinstance(one, bool) or isinstance(other, bool):
            raise TypeError(f"{type_name(one)} {symbol} {type_name(other)}")
        return bool(compare(one, other))

    return checked


def _arithmetic(symbol: str, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def checked(one: Any, other: Any) -> Any:
        if symbol == "+" and isinstance(one, str) and isinstance(other, str):
            if len(one) + len(other) > _MAX_TEXT:
                raise TypeError(f"text of more than {_MAX_TEXT} characters")
            return one + other
        for value in (one, other):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{type_name(one)} {symbol} {type_name(other)}")
        return compute(one, other)

    return checked


def _within(one: Any, other: Any) -> bool:
    if other is None:
        return False
    if isinstance(other, list):
        return any(equal(one, item) for item in other)
    if isinstance(other, dict):
        return isinstance(one, str) and one in other
    if isinstance(one, str) and isinstance(other, str):
        return one in other
    raise TypeError(f"{type_name(one)} in {type_name(other)}")


def _of_text(symbol: str, test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def checked(one: Any, other: Any) -> bool:
        if one is None or other is None:
            return False
        if not isinstance(one, str) or not isinstance(other, str):
            raise TypeError(f"{type_name(one)} {symbol} {type_name(other)}")
        return test(one, other)

    return checked


def _power(one: Any, other: Any) -> float:
    return float(float(one) ** other)


def _remainder(one: Any, other: Any) -> int | float:
    """Keep the sign of the dividend, as Go does."""
    if isinstance(one, int) and isinstance(other, int):
        return (abs(one) % abs(other)) * (1 if one >= 0 else -1)
    return math.fmod(one, other)


def _range(one: Any, other: Any) -> list[int]:
    if not isinstance(one, int) or not isinstance(other, int) or other - one >= _MAX_RANGE:
        raise TypeError(f"a range has two whole numbers, at most {_MAX_RANGE} apart")
    return list(range(one, other + 1))


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": lambda one, other: not equal(one, other),
    "<": _ordered("<", operator.lt),
    "<=": _ordered("<=", operator.le),
    ">": _ordered(">", operator.gt),
    ">=": _ordered(">=", operator.ge),
    "in": _within,
    "contains": _of_text("contains", lambda one, other: other in one),
    "startsWith": _of_text("startsWith", str.startswith),
    "endsWith": _of_text("endsWith", str.endswith),
    "+": _arithmetic("+", operator.add),
    "-": _arithmetic("-", operator.sub),
    "*": _arithmetic("*", operator.mul),
    "/": _arithmetic("/", operator.truediv),
    "%": _arithmetic("%", _remainder),
    "**": _arithmetic("**", _power),
    "..": _range,
}
"""Binary operators other than those that need not evaluate both sides, and `matches`."""
