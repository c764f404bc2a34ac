"""Merges points of histograms into the first of them."""

from collections.abc import Sequence
from typing import Any

from otel_agent.ottl.values import EvaluationError

MOST_BUCKETS = 100_000
"""Buckets of a merged point: points that lie far apart would make any number of them."""


def merge_histograms(first: Any, others: Sequence[Any]) -> None:
    """Add points with equal bounds."""
    counts = list(first.bucket_counts)
    for point in others:
        if not point.count:
            continue
        _merge_common(first, point)
        counts = _added(counts, 0, list(point.bucket_counts), 0)[0]
    first.bucket_counts[:] = counts


def merge_exponential(first: Any, others: Sequence[Any]) -> None:
    """Add points of equal scale."""
    for point in others:
        if not point.count:
            continue
        _merge_common(first, point)
        first.zero_count = (first.zero_count + point.zero_count) % 2**64
        for side in ("positive", "negative"):
            ours, theirs = getattr(first, side), getattr(point, side)
            if theirs.bucket_counts:
                counts, offset = _added(list(ours.bucket_counts), ours.offset, list(theirs.bucket_counts), theirs.offset)
                ours.bucket_counts[:], ours.offset = counts, offset


def _added(ours: list[int], offset: int, theirs: list[int], other_offset: int) -> tuple[list[int], int]:
    """Sum of two rows of buckets that begin at offsets, and where it begins."""
    if not ours:
        return theirs, other_offset
    start = min(offset, other_offset)
    size = max(offset + len(ours), other_offset + len(theirs)) - start
    if size > MOST_BUCKETS:
        raise EvaluationError(f"the merged point would have {size:,} buckets; at most {MOST_BUCKETS:,}")
    counts = [0] * size
    for row, begin in ((ours, offset), (theirs, other_offset)):
        for number, count in enumerate(row, begin - start):
            counts[number] = (counts[number] + count) % 2**64
    return counts, start


def _merge_common(first: Any, point: Any) -> None:
    first.count = (first.count + point.count) % 2**64
    first.sum += point.sum
    if first.HasField("min"):
        first.min = min(first.min, point.min)
    if first.HasField("max"):
        first.max = max(first.max, point.max)
    first.exemplars.extend(point.exemplars)
    first.start_time_unix_nano = min(first.start_time_unix_nano, point.start_time_unix_nano)
