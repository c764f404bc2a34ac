"""Which spans have impossible times, and how they are moved. Pure; all times in nanoseconds since 1970."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from otel_agent.pdata.joining import TraceSummary

MOVED_BY = "clock_skew.moved_ns"
"""Attribute of a span that was moved: by how many nanoseconds, forward if positive."""
_LARGEST_TIME = 2**64 - 1


class Direction(StrEnum):
    """On which side a time is wrong."""

    FUTURE = "future"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is allowed: a start up to `latest_start`, an end from `earliest_end` on; None where nothing is looked for."""

    latest_start: int | None
    earliest_end: int | None

    @classmethod
    def at(cls, now: int, tolerance: int, max_age: int) -> "Bounds":
        """Return what is allowed now; a tolerance or an age of 0 is not looked at."""
        return cls(now + tolerance if tolerance else None, max(now - max_age, 0) if max_age else None)

    def may_be_broken(self, trace: TraceSummary) -> bool:
        """Whether a span of a trace may lie outside: never False when one with a start and an end after it does."""
        late = self.latest_start is not None and max(trace.end_time_unix_nano, trace.start_time_unix_nano) > self.latest_start
        return late or (self.earliest_end is not None and trace.start_time_unix_nano < self.earliest_end)

    def excess(self, span: Any) -> int:
        """Return how far a span lies outside: positive in the future, negative in the past, 0 when it is fine.

        A span without a start is not looked at, and one without an end counts as ending where it starts.
        """
        start, end = span.start_time_unix_nano, max(span.end_time_unix_nano, span.start_time_unix_nano)
        if self.latest_start is not None and start > self.latest_start:
            return int(start - self.latest_start)
        if self.earliest_end is not None and start and end < self.earliest_end:
            return int(end - self.earliest_end)
        return 0


def move(span: Any, by: int) -> None:
    """Move a span with its events, and note by how much in an attribute."""
    span.start_time_unix_nano = _moved(span.start_time_unix_nano, by)
    if span.end_time_unix_nano:
        span.end_time_unix_nano = _moved(span.end_time_unix_nano, by)
    for event in span.events:
        event.time_unix_nano = _moved(event.time_unix_nano, by)
    span.attributes.add(key=MOVED_BY).value.int_value = max(min(by, 2**63 - 1), -(2**63))


def _moved(time: int, by: int) -> int:
    return max(min(time + by, _LARGEST_TIME), 0)
