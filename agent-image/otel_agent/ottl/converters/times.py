"""Time, FormatTime, TruncateTime, Now, Unix, UnixSeconds to UnixNano, Year to Nanosecond, Weekday: points in time."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from otel_agent.ottl.converters.layouts import check_format, format_time, layout_of
from otel_agent.ottl.converters.strptime import Format
from otel_agent.ottl.converters.zones import local_zone
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import Duration, EvaluationError, Time, Value, wrap_int64

_YEAR_ONE = 62_135_596_800 * 1_000_000_000
"""Nanoseconds from the year 1 to 1970: times are truncated to multiples since then."""


def now() -> Time:
    """Return the time of the machine's clock."""
    return Time(time.time_ns(), local_zone())


_format = lru_cache(256)(Format.of)


def parse_time(text: str, layout: str, location: str | None, locale: str | None) -> Time:
    """Return the time that a text says by a strptime format; EvaluationError where it does not fit."""
    if not text:
        raise EvaluationError("Time: the text is empty")
    return _format(layout, location, locale).parse(text, now())


def _check_time(literals: Mapping[str, Value]) -> None:
    _format(literals["format"], literals["location"], literals["locale"])


def truncate_time(point: Time, duration: Duration) -> Time:
    """Round down to a multiple of the duration since the year 1; a duration of nothing or less changes nothing."""
    if duration.nanoseconds <= 0:
        return point
    return Time(point.unix_nano - (point.unix_nano + _YEAR_ONE) % duration.nanoseconds, point.zone)


def _layout(text: str) -> str:
    return layout_of(check_format(text))


def unix(seconds: int, nanoseconds: int) -> Time:
    """Return the time that is so many seconds and nanoseconds after 1970."""
    return Time(seconds * 1_000_000_000 + nanoseconds, local_zone())


def _since_1970(nanoseconds: int) -> Callable[[Time], int]:
    return lambda point: wrap_int64(point.unix_nano // nanoseconds)


_PARTS: dict[str, Callable[[Time], int]] = {
    "UnixSeconds": _since_1970(1_000_000_000),
    "UnixMilli": _since_1970(1_000_000),
    "UnixMicro": _since_1970(1_000),
    "UnixNano": _since_1970(1),
    "Year": lambda point: point.clock().year,
    "Month": lambda point: point.clock().month,
    "Weekday": lambda point: point.clock().isoweekday() % 7,
    "Day": lambda point: point.clock().day,
    "Hour": lambda point: point.clock().hour,
    "Minute": lambda point: point.clock().minute,
    "Second": lambda point: point.clock().second,
    "Nanosecond": lambda point: point.nanosecond,
}

_TIME = Parameter("time", Kind.TIME)

FUNCTIONS: tuple[Function, ...] = (
    Function("Now", (), now, pure=False),
    Function(
        "Time",
        (
            Parameter("time", Kind.STRING),
            Parameter("format", Kind.STRING, literal=True),
            Parameter("location", Kind.STRING, optional=True, default=None, literal=True),
            Parameter("locale", Kind.STRING, optional=True, default=None, literal=True),
        ),
        parse_time,
        check=_check_time,
        # A text without a year is of the current one.
        pure=False,
    ),
    Function("FormatTime", (_TIME, Parameter("format", Kind.STRING, literal=True, compiled=_layout)), format_time),
    Function("TruncateTime", (_TIME, Parameter("duration", Kind.DURATION)), truncate_time),
    Function("Unix", (Parameter("seconds", Kind.INT), Parameter("nanoseconds", Kind.INT, optional=True, default=0)), unix),
    *(Function(name, (_TIME,), call) for name, call in _PARTS.items()),
)
