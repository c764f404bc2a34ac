"""IsString, IsInt, IsDouble, IsBool, IsMap, IsList, IsMatch, IsValidLuhn: questions about a value."""

from collections.abc import Callable

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.patterns import Pattern, regex
from otel_agent.ottl.values import EvaluationError, Messages, Value


def _is(*types: type) -> Callable[[Value], bool]:
    return lambda value: type(value) in types


def is_match(target: str | None, pattern: Pattern) -> bool:
    """Whether the pattern matches somewhere in the text; not in nil."""
    return target is not None and pattern.is_in(target)


def is_valid_luhn(value: str | None) -> bool:
    """Whether the last digit is the check digit of the others (Luhn); spaces do not count, other characters are an error."""
    if value is None:
        raise EvaluationError("IsValidLuhn: nil has no digits")
    digits = value.replace(" ", "")
    if not digits:
        return False
    if not (digits.isascii() and digits.isdigit()):
        raise EvaluationError(f"IsValidLuhn: {value!r} is not made of digits")
    total = 0
    for place, digit in enumerate(reversed(digits[:-1])):
        number = int(digit) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return (10 - total % 10) % 10 == int(digits[-1])


_VALUE = (Parameter("target"),)

FUNCTIONS: tuple[Function, ...] = (
    Function("IsString", _VALUE, _is(str)),
    Function("IsInt", _VALUE, _is(int)),
    Function("IsDouble", _VALUE, _is(float)),
    Function("IsBool", _VALUE, _is(bool)),
    Function("IsMap", _VALUE, _is(dict)),
    Function("IsList", _VALUE, _is(list, Messages)),
    Function("IsMatch", (Parameter("target", Kind.STRING_LIKE), Parameter("pattern", Kind.STRING, compiled=regex)), is_match),
    Function("IsValidLuhn", (Parameter("target", Kind.STRING_LIKE),), is_valid_luhn),
)
