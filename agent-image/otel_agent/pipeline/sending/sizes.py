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


def cut(signal: Signal, data: bytes, items: int, limit: int, unit: str) -> list[tuple[bytes, int]]:
    """Cut to at most `limit` items or bytes (`unit`); 0 is no limit."""
    if limit <= 0:
        return [(data, items)]
    if unit == "bytes":
        return [(data, items)] if len(data) <= limit else kernel.split_by_bytes(signal, data, limit)
    return [(data, items)] if items <= limit else kernel.split(signal, data, limit)
