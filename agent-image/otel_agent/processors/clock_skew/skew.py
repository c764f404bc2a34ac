"""Which spans have impossible times, and how they are moved. Pure; all times in nanoseconds since 1970."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.message import DecodeError

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.schemas import message_classes

MOVED_BY = "clock_skew.moved_ns"
"""Attribute of a span that was moved: by how many nanoseconds, forward if positive."""
_LARGEST_TIME = 2**64 - 1
_TIMES_REQUEST = message_classes(
    "otel_agent.span_times",
    {
        "Request": "*resource_spans=1:ResourceSpans",
        "ResourceSpans": "*scope_spans=2:ScopeSpans",
        "ScopeSpans": "*spans=2:Span",
        "Span": "start_time_unix_nano=7:fixed64 end_time_unix_nano=8:fixed64",
    },
)("Request")


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

    def broken_by(self, request: Any) -> bool:
        """Whether a span of a request lies outside; `request` is of `parse_times`."""
        latest, earliest = self.latest_start, self.earliest_end
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    start = span.start_time_unix_nano
                    if latest is not None and start > latest:
                        return True
                    if earliest is not None and start < earliest and self.excess(span):
                        return True
        return False

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


def parse_times(data: bytes) -> Any:
    """Decode a traces request as far as the times of its spans; `InvalidTelemetry`."""
    try:
        return _TIMES_REQUEST.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed traces request: {error}") from error


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
