"""Divides a request among the owners of its keys. Pure.

Keys of a whole resource cost its decoding and nothing below; keys of a trace are read on the wire by the kernel; only keys of
metrics, streams and spans' attributes need every item.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from otel_agent.exporters.load_balancing.config import RoutingKey
from otel_agent.exporters.load_balancing.ring import Ring
from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal


class Part(NamedTuple):
    """What one owner gets."""

    owner: int
    data: bytes
    items: int


Divide = Callable[[bytes, Ring], Sequence[Part]]
"""Divides a request; `InvalidTelemetry` when it is malformed as deep as it has to be read."""

_NO_TRACE = bytes(16)
_KEYS: dict[Signal, tuple[RoutingKey, ...]] = {
    Signal.TRACES: ("traceID", "service", "attributes"),
    Signal.METRICS: ("service", "resource", "metric", "streamID", "attributes"),
    Signal.LOGS: ("traceID", "service", "resource", "attributes"),
}


def division(signal: Signal, key: RoutingKey, attributes: Sequence[str]) -> Divide:
    """Return what divides requests of a signal; ValueError for a key that it does not have."""
    key = key or _KEYS[signal][0]
    if key not in _KEYS[signal]:
        known = ", ".join(_KEYS[signal])
        raise ValueError(f'unsupported routing_key "{key}" for {signal}: it has {known}')
    if key == "traceID":
        return _by_trace(signal)
    from otel_agent.exporters.load_balancing import items, resources  # protobuf only where it is needed

    if key == "service":
        return resources.by_resource(signal, resources.service)
    if key == "resource":
        from otel_agent.exporters.load_balancing.identity import resource_key

        return resources.by_resource(signal, resource_key)
    if key == "attributes":
        return items.by_attributes(signal, attributes)
    return items.by_metric_name() if key == "metric" else items.by_stream()


def _by_trace(signal: Signal) -> Divide:
    """Divide by trace id. Records without one go together to a random owner, as in Go; spans without one have a key of zeros."""

    def divide(data: bytes, ring: Ring) -> Sequence[Part]:
        key = _NO_TRACE if signal is Signal.TRACES else random.randbytes(16)  # noqa: S311 -- spreads load
        stray = ring.owner(key)
        return [Part(*part) for part in kernel.route_by_trace(signal, data, ring.table, stray)]

    return divide
