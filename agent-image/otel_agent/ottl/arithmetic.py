"""Computing with values: numbers, times and durations.

int with int stays int (division cuts towards zero, results come round at 64 bits); with a float both are floats. time - time is a
duration, time ± duration and duration + time a time, duration ± duration a duration. All else, and division by zero, is an error.
"""

import operator
from collections.abc import Callable

from otel_agent.ottl.values import Duration, EvaluationError, Time, Value, WrongType, type_name, wrap_int64

_NUMBERS = (int, float)


def _truncating(one: int, other: int) -> int:
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient


def compute(sign: str, one: Value, other: Value) -> Value:
    """Work out `one sign other`; EvaluationError where that has no result."""
    kind, kind_of_other = type(one), type(other)
    if kind in _NUMBERS and kind_of_other in _NUMBERS:
        if sign == "/" and other == 0:
            raise EvaluationError("division by zero")
        if kind is int and kind_of_other is int:
            return wrap_int64(_truncating(one, other) if sign == "/" else _OPERATIONS[sign](one, other))
        try:
            return _OPERATIONS[sign](float(one), float(other))
        except OverflowError as error:
            raise EvaluationError(f"{one} {sign} {other} is too large") from error
    if isinstance(one, (Time, Duration)):
        return _with_time(sign, one, other)
    wrong = one if kind not in _NUMBERS else other
    raise WrongType(f"cannot compute {type_name(one)} {sign} {type_name(other)}: {type_name(wrong)} is no number or time")


def _with_time(sign: str, one: Time | Duration, other: Value) -> Value:
    match sign, one, other:
        case "-", Time(), Time():
            return Duration(wrap_int64(one.unix_nano - other.unix_nano))
        case (("+" | "-"), Time(), Duration()):
            return Time(wrap_int64(_OPERATIONS[sign](one.unix_nano, other.nanoseconds)), one.zone)
        case "+", Duration(), Time():
            return Time(wrap_int64(one.nanoseconds + other.unix_nano), other.zone)
        case (("+" | "-"), Duration(), Duration()):
            return Duration(wrap_int64(_OPERATIONS[sign](one.nanoseconds, other.nanoseconds)))
    raise WrongType(f"cannot compute {type_name(one)} {sign} {type_name(other)}")


def negate(value: Value) -> Value:
    """Work out `-value`; WrongType for what is no number."""
    if type(value) is int:
        return wrap_int64(-value)
    if type(value) is float:
        return -value
    raise WrongType(f"no minus of a {type_name(value)}")


_OPERATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
