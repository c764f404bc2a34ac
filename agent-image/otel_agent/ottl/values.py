"""What OTTL computes with: the values of telemetry as Python has them, points in time, lengths of time, and failures.

    nil None    bool    int (64 bits, signed)    float    str    bytes (ids too)    list    dict with str keys    Time    Duration

A value that a path returned may be part of the telemetry: a function never changes its arguments, it returns new values.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

Value = Any
"""One of the types above; mypy has no useful name for the union, since maps and lists hold it again."""

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EvaluationError(Exception):
    """A function or an operation that cannot be carried out for an item; what follows is the error mode's choice."""


class WrongType(EvaluationError):
    """A value of a type that the function does not take."""


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """Parts of telemetry that are no values: events, links, exemplars, data points, buckets. They can be counted and assigned."""

    kind: str
    """Name of the protobuf message; only the same kind can be assigned."""
    messages: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.messages)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in nanoseconds."""

    nanoseconds: int


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """A point in time, in nanoseconds since 1970; equal and ordered whatever zone its clock shows."""

    unix_nano: int
    zone: tzinfo = field(default=UTC, compare=False)

    def clock(self) -> datetime:
        """Return what a clock in the zone shows, to the microsecond; EvaluationError outside the years 1 to 9999."""
        try:
            return (_EPOCH + timedelta(microseconds=self.unix_nano // 1000)).astimezone(self.zone)
        except OverflowError as error:
            raise EvaluationError(f"time {self.unix_nano} ns has no date between the years 1 and 9999") from error

    @property
    def nanosecond(self) -> int:
        """Nanoseconds since the second began."""
        return self.unix_nano % 1_000_000_000

    @classmethod
    def of(cls, clock: datetime, nanosecond: int | None = None) -> "Time":
        """From what a clock with a zone shows; `nanosecond` replaces the microseconds of the clock."""
        whole = (clock.replace(microsecond=0) - _EPOCH) // timedelta(seconds=1) * 1_000_000_000
        return cls(whole + (clock.microsecond * 1000 if nanosecond is None else nanosecond), clock.tzinfo or UTC)


def type_name(value: Value) -> str:
    """Name a value's type in OTTL's words, for messages."""
    if value is None:
        return "nil"
    return _NAMES.get(type(value), type(value).__name__)


_NAMES = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    Time: "time",
    Duration: "duration",
}


def wrap_int64(value: int) -> int:
    """Return an integer as 64 bits with a sign hold it: what is too large comes round, as in Go."""
    if INT64_MIN <= value <= INT64_MAX:
        return value
    return (value - INT64_MIN) % 2**64 + INT64_MIN


def copied(value: Value) -> Value:
    """Return a value that shares no map and no list with the given one."""
    if isinstance(value, dict):
        return {key: copied(member) for key, member in value.items()}
    if isinstance(value, list):
        return [copied(member) for member in value]
    return value
