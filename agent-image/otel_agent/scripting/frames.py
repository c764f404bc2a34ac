"""What the two ends of a script's process say to each other: a kind, a number, and bytes."""

import struct
from enum import IntEnum

HEADER = struct.Struct("<BQQ")
"""Kind, number, length of the bytes that follow."""
MAX_BYTES = 256 << 20
"""Longest bytes; a request that a receiver took is far below it."""


class Kind(IntEnum):
    """Of a frame."""

    SOURCE = 0
    """To the process, first: JSON of a `Source`, and its memory limit as the number (bytes, 0 is none)."""
    RUN = 1
    """To the process: a request, and its signal as the number (an index into `list(Signal)`)."""
    DONE = 2
    """From it: the request that came of it, and its items; after SOURCE without bytes."""
    FAILED = 3
    """From it: why, as text."""


def frame(kind: Kind, number: int, data: bytes) -> bytes:
    """Return the frame's bytes."""
    return HEADER.pack(kind, number, len(data)) + data
