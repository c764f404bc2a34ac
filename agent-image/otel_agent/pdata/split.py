"""Joins requests, and cuts one at item boundaries; portable version, called through `otel_agent.pdata.kernel`.

Joining is concatenation: a request is one repeated field, and protobuf merges repeated fields of concatenated messages. Cutting
repeats the headers (resource, scope, metric, with everything unknown in them) in front of each part, and never looks into an
item.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from otel_agent.pdata.count import count, parse_slim
from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal

MAX_REPEATED_BYTES = 64 * 1024 * 1024
"""Headers that the parts of one request may repeat; a request of 20 MiB, half of it header, could become gigabytes."""


@dataclass(frozen=True, slots=True)
class Level:
    """A message above the items: its encoding without children, and the repeated field of its parent that it belongs to."""

    field: str
    header: bytes


@dataclass(frozen=True, slots=True)
class Group:
    """Items with equal headers; `field` is where they go in the innermost level, `kind` the oneof member in between (metrics)."""

    path: tuple[Level, ...]
    kind: str | None
    field: str
    items: list[bytes]

    @property
    def header_bytes(self) -> int:
        """What each part that holds some of the items repeats."""
        return sum(len(level.header) for level in self.path)


def split(signal: Signal, data: bytes, limit: int) -> list[tuple[bytes, int]]:
    """Cut a request into requests of at most `limit` items, each with its number of items; all but the last are full.

    Where that would repeat headers of more than 64 MiB, which no honest sender needs, the limit is raised until it does not.
    Resources, scopes and metrics without items stay where they were between the others. `InvalidTelemetry` when the outer
    levels are malformed.
    """
    if limit < 1:
        raise ValueError(f"a request cannot be split into parts of {limit} items")
    layout = LAYOUTS[signal]
    request = parse_slim(signal, data)
    groups = list(groups_of(signal, request))
    repeated = sum(group.header_bytes * (len(group.items) // limit) for group in groups)
    limit *= 1 + repeated // MAX_REPEATED_BYTES
    request.ClearField(layout.resources)
    cutter = Cutter(layout.request, request.SerializeToString(), limit)
    for group in groups:
        cutter.add(group)
    return cutter.finish()


def split_by_bytes(signal: Signal, data: bytes, limit: int) -> list[tuple[bytes, int]]:
    """Cut a request into requests of at most `limit` bytes, each with its number of items; a larger item is left alone.

    One that has a resource, scope and metric of more than half of the limit is not cut: each part would repeat them, and all
    parts together could be many times the request. Parts are found by halving estimates, so they may be smaller than they could
    be; the native function fills them. `InvalidTelemetry` when the outer levels are malformed.
    """
    if limit < 1:
        raise ValueError(f"a request cannot be split into parts of {limit} bytes")
    items = count(signal, data)
    if len(data) <= limit or items <= 1 or largest_header(signal, data) > limit // 2:
        return [(data, items)]
    return _halve(signal, data, items, limit)


def _halve(signal: Signal, data: bytes, items: int, limit: int) -> list[tuple[bytes, int]]:
    if len(data) <= limit or items <= 1:
        return [(data, items)]
    estimate = min(max(items * limit // len(data), 1), (items + 1) // 2)
    halves = split(signal, data, estimate)
    if len(halves) == 1:
        return halves
    parts: list[tuple[bytes, int]] = []
    for part, amount in halves:
        parts.extend(_halve(signal, part, amount, limit))
    return parts


def largest_header(signal: Signal, data: bytes) -> int:
    """Bytes of the largest resource, scope and metric without their items, which each part that `split` makes may repeat."""
    groups = groups_of(signal, parse_slim(signal, data))
    return max((group.header_bytes for group in groups), default=0)


def groups_of(signal: Signal, request: Any) -> Iterator[Group]:
    """Take a slim request apart; it is empty of resources' children afterwards."""
    layout = LAYOUTS[signal]
    for resource in getattr(request, layout.resources):
        taken = [(_take(scope, layout.items), scope) for scope in getattr(resource, layout.scopes)]
        scopes = [(Level(layout.scopes, scope.SerializeToString()), items) for items, scope in taken]
        resource.ClearField(layout.scopes)
        above = Level(layout.resources, resource.SerializeToString())
        if not scopes:
            yield Group((above,), None, "", [])
        for scope_level, items in scopes:
            path = (above, scope_level)
            if signal is not Signal.METRICS or not items:
                yield Group(path, None, layout.items, items)
            else:
                yield from (_metric_group(path, metric) for metric in items)


def _metric_group(path: tuple[Level, ...], metric: Any) -> Group:
    kind = metric.WhichOneof("data")
    points = _take(getattr(metric, kind), "data_points") if kind else []
    return Group((*path, Level("metrics", metric.SerializeToString())), kind, "data_points", points)


def _take(message: Any, field: str) -> list[Any]:
    """Empty a repeated field and return what was in it."""
    children = list(getattr(message, field))
    message.ClearField(field)
    return children


class Cutter:
    """Fills one request after the other, repeating the headers that the next item stands under."""

    def __init__(self, request_type: type[Any], header: bytes, limit: int) -> None:
        self._type = request_type
        self._limit = limit
        self._parts: list[tuple[bytes, int]] = []
        self._request = request_type.FromString(header)
        self._open: list[tuple[Level, Any]] = []
        self._used = 0

    def add(self, group: Group) -> None:
        """Append a group, over as many requests as it needs."""
        if not group.items:
            self._enter(group.path)
            return
        done = 0
        while done < len(group.items):
            if self._used == self._limit:
                self._close()
            chunk = group.items[done : done + self._limit - self._used]
            innermost = self._enter(group.path)
            getattr(getattr(innermost, group.kind) if group.kind else innermost, group.field).extend(chunk)
            done += len(chunk)
            self._used += len(chunk)

    def finish(self) -> list[tuple[bytes, int]]:
        """Return all parts; an empty request gives one empty part."""
        self._close()
        return self._parts

    def _close(self) -> None:
        self._parts.append((self._request.SerializeToString(), self._used))
        self._request, self._open, self._used = self._type(), [], 0

    def _enter(self, path: tuple[Level, ...]) -> Any:
        """Open the levels of `path` that are not open yet and return the innermost message."""
        shared = 0
        while shared < min(len(path), len(self._open)) and self._open[shared][0] is path[shared]:
            shared += 1
        del self._open[shared:]
        message = self._open[-1][1] if self._open else self._request
        for level in path[shared:]:
            message = getattr(message, level.field).add()
            message.MergeFromString(level.header)
            self._open.append((level, message))
        return message
