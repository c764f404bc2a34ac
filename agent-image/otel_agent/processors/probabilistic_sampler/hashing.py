"""The mode hash_seed: randomness of 14 bits that count, from a hash of the trace id or an attribute. Pure."""

import struct

from otel_agent.pdata.fnv import fnv1a_32

_BUCKETS = 1 << 14


def randomness_of(data: bytes, seed: int) -> int:
    """Return 56 bits that a threshold of `hash_threshold` decides by as the hash itself would: 14 bits inverted, then filling.

    The filling makes the value look random to samplers after this one, which may look at more bits.
    """
    hashed = fnv1a_32(struct.pack("<I", seed) + data)
    bucket = hashed & (_BUCKETS - 1)
    unused = hashed >> 18
    return (_BUCKETS - 1 - bucket) << 42 | (unused ^ unused << 10) << 14 | bucket


def hash_threshold(percentage: float) -> int | None:
    """Return the threshold for a percentage in single precision; None when no bucket is kept."""
    kept = int(single(percentage * single(_BUCKETS / 100)))
    return (_BUCKETS - kept) << 42 if kept else None


def single(number: float) -> float:
    """Round to single precision."""
    rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return rounded
