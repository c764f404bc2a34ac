"""Turns values into the kinds that parameters ask for (see `otel_agent.ottl.function.Kind`)."""

import math
import struct
from collections.abc import Callable

from otel_agent.ottl.function import Kind
from otel_agent.ottl.json_forms import string_like
from otel_agent.ottl.values import INT64_MAX, INT64_MIN, Duration, EvaluationError, Time, Value, WrongType, type_name
from otel_agent.pdata.values import convert

Coerce = Callable[[Value], Value]

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}


def _exactly(kind: type, name: str) -> Coerce:
    def coerce(value: Value) -> Value:
        if type(value) is kind:
            return value
        raise WrongType(f"expected {name} but got {type_name(value)}")

    return coerce


def int_like(value: Value) -> int | None:
    """Return an integer, None for nil and for text that is no number."""
    match value:
        case bool():
            return int(value)
        case int() | None:
            return value
        case float():
            return cut(value)
        case str():
            number = convert(value, "int")
            return number if isinstance(number, int) else None
    raise WrongType(f"expected a number but got {type_name(value)}")


def cut(value: float) -> int:
    """Return the integer part; of what does not fit in 64 bits the least integer, as Go's conversion on amd64 gives."""
    if not math.isfinite(value) or not INT64_MIN <= value < INT64_MAX:
        return INT64_MIN
    return int(value)


def float_like(value: Value) -> float | None:
    """Return a float, None for nil; EvaluationError for text that is no number."""
    match value:
        case bool() | int():
            return float(value)
        case float() | None:
            return value
        case str():
            number = convert(value, "double")
            if not isinstance(number, float):
                raise EvaluationError(f"{value!r} is no number")
            return number
    raise WrongType(f"expected a number but got {type_name(value)}")


def bool_like(value: Value) -> bool | None:
    """Return a boolean, None for nil; EvaluationError for text that is none."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            return value != 0
        case str():
            if value not in _BOOLEANS:
                raise EvaluationError(f"{value!r} is no boolean")
            return _BOOLEANS[value]
    raise WrongType(f"expected a boolean but got {type_name(value)}")


def bytes_like(value: Value) -> bytes | None:
    """Return bytes, None for nil."""
    match value:
        case bytes() | None:
            return value
        case str():
            return value.encode()
        case bool():
            return bytes([value])
        case int():
            return struct.pack(">q", value)
        case float():
            return struct.pack(">d", value)
    raise WrongType(f"expected bytes but got {type_name(value)}")


COERCIONS: dict[Kind, Coerce | None] = {
    Kind.ANY: None,
    Kind.STRING: _exactly(str, "string"),
    Kind.STRING_LIKE: string_like,
    Kind.INT: _exactly(int, "int"),
    Kind.INT_LIKE: int_like,
    Kind.FLOAT: _exactly(float, "float"),
    Kind.FLOAT_LIKE: float_like,
    Kind.BOOL: _exactly(bool, "bool"),
    Kind.BOOL_LIKE: bool_like,
    Kind.BYTES_LIKE: bytes_like,
    Kind.MAP: _exactly(dict, "map"),
    Kind.LIST: _exactly(list, "list"),
    Kind.TIME: _exactly(Time, "time"),
    Kind.DURATION: _exactly(Duration, "duration"),
}
"""By kind; None where nothing is to be done. Targets, functions and lambdas are not values and have none."""

PASSING: dict[Kind, type] = {
    Kind.STRING: str,
    Kind.STRING_LIKE: str,
    Kind.INT: int,
    Kind.INT_LIKE: int,
    Kind.FLOAT: float,
    Kind.FLOAT_LIKE: float,
    Kind.BOOL: bool,
    Kind.BOOL_LIKE: bool,
    Kind.BYTES_LIKE: bytes,
    Kind.MAP: dict,
    Kind.LIST: list,
    Kind.TIME: Time,
    Kind.DURATION: Duration,
}
"""The type that each of them returns as it is: most values are of that, and need no call."""
