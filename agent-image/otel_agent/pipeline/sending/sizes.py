"""Measures requests in the unit a queue or batch counts in, and cuts them to that unit."""

from collections.abc import Callable

from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal, Telemetry

Sizer = Callable[[Telemetry], int]

SIZERS: dict[str, Sizer] = {
    "requests": lambda _: 1,
    "items": lambda telemetry: telemetry.items,
    "bytes": lambda telemetry: len(telemetry.data),
}


def cut_by_bytes(signal: Signal, data: bytes, items: int, limit: int) -> list[tuple[bytes, int]]:
    """Cut a request into parts of at most `limit` bytes, each with its items; a single item larger than that is left whole.

    So is a request with a resource, scope and metric that take more than half of the limit: each part would repeat them, and
    all parts together could be many times the request. Parts are found by halving estimates, so they may be smaller than they
    could be.
    """
    if len(data) <= limit or items <= 1 or kernel.largest_header(signal, data) > limit // 2:
        return [(data, items)]
    return _halve(signal, data, items, limit)


def _halve(signal: Signal, data: bytes, items: int, limit: int) -> list[tuple[bytes, int]]:
    if len(data) <= limit or items <= 1:
        return [(data, items)]
    estimate = min(max(items * limit // len(data), 1), (items + 1) // 2)
    halves = kernel.split(signal, data, estimate)
    if len(halves) == 1:
        return halves
    parts: list[tuple[bytes, int]] = []
    for part, amount in halves:
        parts.extend(_halve(signal, part, amount, limit))
    return parts


def cut(signal: Signal, data: bytes, items: int, limit: int, unit: str) -> list[tuple[bytes, int]]:
    """Cut to at most `limit` items or bytes (`unit`); 0 is no limit."""
    if limit <= 0:
        return [(data, items)]
    if unit == "bytes":
        return cut_by_bytes(signal, data, items, limit)
    return [(data, items)] if items <= limit else kernel.split(signal, data, limit)
