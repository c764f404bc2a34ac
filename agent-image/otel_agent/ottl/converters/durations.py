"""Duration, Hours, Minutes, Seconds, Milliseconds, Microseconds, Nanoseconds: lengths of time."""

import re
from collections.abc import Callable

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import INT64_MAX, Duration, EvaluationError, Value

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]+)", re.ASCII)
_MOST_DIGITS = 18
"""Of a fraction: further ones do not matter."""
_LONGEST = 256


def parse_duration(text: str) -> Duration:
    """Read text such as `1h30m`, `-1.5s`, `100ms`; EvaluationError for what has no unit or does not fit 64 bits."""
    unsigned = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if unsigned == "0":
        return Duration(0)
    if not unsigned or len(text) > _LONGEST:
        raise _mistake(text)
    total = at = 0
    while at < len(unsigned):
        part = _PART.match(unsigned, at)
        if part is None or not (part[1] or part[2]) or part[3] not in _UNITS:
            raise _mistake(text)
        at = part.end()
        unit = _UNITS[part[3]]
        total += int(part[1] or "0") * unit
        if fraction := (part[2] or "")[:_MOST_DIGITS]:
            total += int(float(int(fraction)) * (unit / 10.0 ** len(fraction)))
        if total > INT64_MAX + 1:
            raise _mistake(text)
    negative = text.startswith("-")
    if total > INT64_MAX and not negative:
        raise _mistake(text)
    return Duration(-total if negative else total)


def _mistake(text: str) -> EvaluationError:
    return EvaluationError(f"Duration: {text[:64]!r} is no duration; write 1h30m, 1.5s or 100ms")


def duration_text(duration: Duration) -> str:
    """Return a duration as Go shows it: `1h30m0s`, `1.5s`, `100ms`, `0s`."""
    total = abs(duration.nanoseconds)
    sign = "-" if duration.nanoseconds < 0 else ""
    if total == 0:
        return "0s"
    if total < _UNITS["s"]:
        name = next(name for name in ("ms", "\u00b5s", "ns") if total >= _UNITS[name])
        return f"{sign}{_decimal(total, _UNITS[name])}{name}"
    minutes, rest = divmod(total, _UNITS["m"])
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, _UNITS['s'])}s"
    if minutes or hours:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else sign + text


def _decimal(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    digits = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _cut(amount: int, unit: int) -> tuple[int, int]:
    """Divide towards zero; the rest has the sign of the amount."""
    whole, rest = divmod(abs(amount), unit)
    return (whole, rest) if amount >= 0 else (-whole, -rest)


def _as_float(unit: str) -> Callable[[Duration], Value]:
    def call(duration: Duration) -> float:
        whole, rest = _cut(duration.nanoseconds, _UNITS[unit])
        return float(whole) + float(rest) / _UNITS[unit]

    return call


def _as_int(unit: str) -> Callable[[Duration], Value]:
    return lambda duration: _cut(duration.nanoseconds, _UNITS[unit])[0]


_CALLS: dict[str, Callable[[Duration], Value]] = {
    "Hours": _as_float("h"),
    "Minutes": _as_float("m"),
    "Seconds": _as_float("s"),
    "Milliseconds": _as_int("ms"),
    "Microseconds": _as_int("us"),
    "Nanoseconds": _as_int("ns"),
}

FUNCTIONS: tuple[Function, ...] = (
    Function("Duration", (Parameter("duration", Kind.STRING),), parse_duration),
    *(Function(name, (Parameter("duration", Kind.DURATION),), call) for name, call in _CALLS.items()),
)
