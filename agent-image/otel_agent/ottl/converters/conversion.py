"""String, Int, Double, Bool, Hex, ParseInt: a value as another type. What is convertible is said by the parameters' kinds."""

import re
from collections.abc import Callable

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import INT64_MAX, INT64_MIN, EvaluationError, Value

_PREFIXES = {"0x": 16, "0b": 2, "0o": 8}
_GROUPED = re.compile(r"(?:0[xbo]?_?)?[0-9a-z]+(?:_[0-9a-z]+)*", re.IGNORECASE | re.ASCII)
_DIGITS = re.compile(r"[0-9a-z]+", re.IGNORECASE | re.ASCII)
_DIGIT_VALUES = {digit: number for number, digit in enumerate("0123456789abcdefghijklmnopqrstuvwxyz")}
_MOST_DIGITS = 4096
"""More characters than a 64-bit number in base 2 with every separator; leading zeros beyond that are refused."""


def _same(value: Value) -> Value:
    return value


def hexadecimal(value: bytes | None) -> str:
    """Return bytes in lower-case hex; nil has none."""
    return "" if value is None else value.hex()


def parse_int(target: str, base: int) -> int:
    """Read a number in a base from 2 to 36; base 0 goes by the prefixes 0x, 0b, 0o and 0 and lets `_` group digits."""
    if not target:
        raise EvaluationError("ParseInt: the text is empty")
    if base < 0 or base == 1 or base > 36:
        raise EvaluationError(f"ParseInt: no base {base}; it is 0 or from 2 to 36")
    negative = target.startswith("-")
    digits = target[1:] if target[0] in "+-" else target
    number = _number(digits, base) if len(digits) <= _MOST_DIGITS else None
    if number is None:
        raise EvaluationError(f"ParseInt: {target[:64]!r} is no number of base {base}")
    number = -number if negative else number
    if not INT64_MIN <= number <= INT64_MAX:
        raise EvaluationError(f"ParseInt: {target[:64]!r} does not fit into 64 bits")
    return number


def _number(digits: str, base: int) -> int | None:
    if not (_GROUPED if base == 0 else _DIGITS).fullmatch(digits):
        return None
    if base == 0:
        base = _PREFIXES.get(digits[:2].lower(), 8 if digits.startswith("0") and len(digits) > 1 else 10)
        if digits[:2].lower() in _PREFIXES:
            digits = digits[2:].lstrip("_")
        digits = digits.replace("_", "")
    # Python would take a prefix that the base does not ask for.
    if not digits or any(_DIGIT_VALUES[digit] >= base for digit in digits.lower()):
        return None
    return int(digits.lstrip("0") or "0", base)


def _one(name: str, kind: Kind, call: Callable[..., Value] = _same) -> Function:
    return Function(name, (Parameter("target", kind),), call)


FUNCTIONS: tuple[Function, ...] = (
    _one("String", Kind.STRING_LIKE),
    _one("Int", Kind.INT_LIKE),
    _one("Double", Kind.FLOAT_LIKE),
    _one("Bool", Kind.BOOL_LIKE),
    _one("Hex", Kind.BYTES_LIKE, hexadecimal),
    Function("ParseInt", (Parameter("target", Kind.STRING), Parameter("base", Kind.INT)), parse_int),
)
