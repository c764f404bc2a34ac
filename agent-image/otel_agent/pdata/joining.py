"""What native and portable operations on request bytes have in common: it needs no protobuf library."""

from collections.abc import Iterable
from typing import NamedTuple


class TraceSummary(NamedTuple):
    """What the spans of one request say of one trace."""

    trace_id: bytes
    spans: int
    start_time_unix_nano: int
    """Of the earliest span that has a start time; 0 if none has."""
    end_time_unix_nano: int
    error: bool
    """Whether a span has the status ERROR."""
    root: bool
    """Whether a span without parent is among them."""


def merge(requests: Iterable[bytes]) -> bytes:
    """One request with the content of all, in order. They must be of one signal and well-formed."""
    return b"".join(requests)
