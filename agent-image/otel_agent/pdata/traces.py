"""What belongs to one trace: grouping, sharding, summaries; portable version, called through `otel_agent.pdata.kernel`.

Items are looked into only as deep as these need; `check` has seen the rest.
"""

import sys
import zlib
from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError

from otel_agent.pdata.count import parse_slim
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.joining import TraceSummary
from otel_agent.pdata.slim import LAYOUTS, SPAN_SUMMARY, TRACE_IDS
from otel_agent.pdata.split import MAX_REPEATED_BYTES, Cutter, Group, groups_of
from otel_agent.pdata.telemetry import Signal

MAX_SHARDS = 4096
"""More than any collector has workers or backends."""

_STATUS_ERROR = 2


def group_by_trace(data: bytes) -> list[tuple[bytes, bytes, int]]:
    """Make one request per trace: trace id, request, spans; in order of first appearance.

    `InvalidTelemetry` when outer levels or a span are malformed, or when more than 64 MiB of headers would be repeated.
    """
    request = parse_slim(Signal.TRACES, data)
    groups = list(groups_of(Signal.TRACES, request))
    members: dict[bytes, dict[int, list[bytes]]] = {}
    for index, group in enumerate(groups):
        for item in group.items:
            trace_id = _view(Signal.TRACES, TRACE_IDS[Signal.TRACES], item).trace_id
            members.setdefault(trace_id, {}).setdefault(index, []).append(item)
    parts = assemble(Signal.TRACES, data, request, groups, members.values())
    return [(trace_id, part, spans) for trace_id, (part, spans) in zip(members, parts, strict=True)]


def shard_by_trace(signal: Signal, data: bytes, shards: int) -> list[tuple[bytes, int]]:
    """Divide spans or log records into exactly `shards` requests, some of them empty, each with its number of items.

    CRC-32 of the trace id modulo `shards` decides, so that every process divides alike; items without one come first.
    ValueError for metrics, which have none. `InvalidTelemetry` as for `group_by_trace`.
    """
    if not 1 <= shards <= MAX_SHARDS:
        raise ValueError(f"a request cannot be divided into {shards} shards")
    if signal is Signal.METRICS:
        raise ValueError("metrics have no trace id to be divided by")
    request = parse_slim(signal, data)
    groups = list(groups_of(signal, request))
    members: list[dict[int, list[bytes]]] = [{} for _ in range(shards)]
    for index, group in enumerate(groups):
        for item in group.items:
            shard = zlib.crc32(_view(signal, TRACE_IDS[signal], item).trace_id) % shards
            members[shard].setdefault(index, []).append(item)
    return assemble(signal, data, request, groups, members)


def route_by_trace(signal: Signal, data: bytes, table: bytes, stray: int) -> list[tuple[int, bytes, int]]:
    """Make one request for each owner that gets something: owner, request, items; in order of first appearance.

    CRC-32 of the trace id modulo the number of entries in `table` is a position there, where the owner stands as a
    little-endian 16-bit number. Items without a trace id, or with one of zeros, go to `stray`. ValueError for metrics, and for
    a table that is none. `InvalidTelemetry` as for `group_by_trace`.
    """
    if not table or len(table) % 2:
        raise ValueError(f"a table of {len(table)} bytes does not name owners in two bytes each")
    if signal is Signal.METRICS:
        raise ValueError("metrics have no trace id to be divided by")
    request = parse_slim(signal, data)
    groups = list(groups_of(signal, request))
    members: dict[int, dict[int, list[bytes]]] = {}
    for index, group in enumerate(groups):
        for item in group.items:
            trace_id = _view(signal, TRACE_IDS[signal], item).trace_id
            position = 2 * (zlib.crc32(trace_id) % (len(table) // 2))
            owner = int.from_bytes(table[position : position + 2], "little") if any(trace_id) else stray
            members.setdefault(owner, {}).setdefault(index, []).append(item)
    parts = assemble(signal, data, request, groups, members.values())
    return [(owner, part, items) for owner, (part, items) in zip(members, parts, strict=True)]


def summarize_traces(data: bytes) -> list[TraceSummary]:
    """Summarize each trace of a request, in order of first appearance; `InvalidTelemetry` when a level or span is malformed."""
    traces: dict[bytes, TraceSummary] = {}
    for resource in parse_slim(Signal.TRACES, data).resource_spans:
        for scope in resource.scope_spans:
            for item in scope.spans:
                span = _view(Signal.TRACES, SPAN_SUMMARY, item)
                known = traces.get(span.trace_id)
                traces[span.trace_id] = _summary(span) if known is None else _joined(known, _summary(span))
    return list(traces.values())


def _summary(span: Any) -> TraceSummary:
    return TraceSummary(
        span.trace_id,
        1,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code == _STATUS_ERROR,
        not any(span.parent_span_id),
    )


def _joined(one: TraceSummary, other: TraceSummary) -> TraceSummary:
    starts = [start for start in (one.start_time_unix_nano, other.start_time_unix_nano) if start]
    return TraceSummary(
        one.trace_id,
        one.spans + other.spans,
        min(starts, default=0),
        max(one.end_time_unix_nano, other.end_time_unix_nano),
        one.error or other.error,
        one.root or other.root,
    )


def _view(signal: Signal, view: type[Any], item: bytes) -> Any:
    try:
        return view.FromString(item)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed {signal} request: {error}") from error


def assemble(
    signal: Signal, data: bytes, request: Any, groups: list[Group], members: Iterable[dict[int, list[bytes]]]
) -> list[tuple[bytes, int]]:
    """Make one request for each element of `members`: items by the index of their group.

    `request` is the slim one that the groups were taken from. `InvalidTelemetry` as for `group_by_trace`.
    """
    layout = LAYOUTS[signal]
    request.ClearField(layout.resources)
    outside = request.SerializeToString()  # fields of the request itself: once, in the first part
    headers = 0
    parts = []
    for chosen in members:
        headers += _header_bytes(groups, chosen)
        if headers > MAX_REPEATED_BYTES + len(data):
            raise InvalidTelemetry(f"malformed {signal} request: more than 64 MiB of resources and scopes to repeat")
        cutter = Cutter(layout.request, outside, sys.maxsize)
        outside = b""
        for index, items in chosen.items():
            cutter.add(Group(groups[index].path, groups[index].kind, groups[index].field, items))
        parts.extend(cutter.finish())
    return parts


def _header_bytes(groups: list[Group], chosen: Iterable[int]) -> int:
    """Return what the groups write above their items; neighbours share the levels that they have in common."""
    total = 0
    before: Group | None = None
    for index in chosen:
        path = groups[index].path
        shared = before is not None and before.path[0] is path[0]
        total += sum(len(level.header) for level in (path[1:] if shared else path))
        before = groups[index]
    return total
