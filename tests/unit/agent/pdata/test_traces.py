"""Grouping, sharding and summaries, by the portable functions and by the native ones where they are built."""

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.pdata import kernel, native, traces
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.traces import TraceSummary


@pytest.fixture(params=["portable", "native"])
def functions(request: pytest.FixtureRequest) -> Any:
    if request.param == "portable":
        return traces
    return native.installed() or pytest.skip("the native extension is not built")


def spans_of(data: bytes) -> list[tuple[str, str]]:
    """Service and name of each span."""
    return [
        (resource.resource.attributes[0].value.string_value, span.name)
        for resource in REQUESTS[Signal.TRACES].FromString(data).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def two_services() -> bytes:
    request = REQUESTS[Signal.TRACES]()
    for service in ("shop", "bank"):
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = service
        scope = resource.scope_spans.add()
        for number in (1, 2, 1):
            span = scope.spans.add(trace_id=bytes([number]) * 16, name=f"{service}-{number}", span_id=b"\1" * 8)
            span.start_time_unix_nano, span.end_time_unix_nano = 100 * number, 100 * number + 50
            if service == "bank":
                span.parent_span_id = b"\2" * 8
                span.status.code = number
    data: bytes = request.SerializeToString()
    return data


def test_each_trace_becomes_a_request_with_the_resources_of_its_spans(functions: Any) -> None:
    groups = functions.group_by_trace(two_services())
    assert [(trace_id, items) for trace_id, _, items in groups] == [(b"\1" * 16, 4), (b"\2" * 16, 2)]
    assert spans_of(groups[0][1]) == [("shop", "shop-1")] * 2 + [("bank", "bank-1")] * 2
    assert spans_of(groups[1][1]) == [("shop", "shop-2"), ("bank", "bank-2")]


def test_a_summary_tells_what_decides_about_a_trace(functions: Any) -> None:
    assert functions.summarize_traces(two_services()) == [
        TraceSummary(b"\1" * 16, 4, 100, 150, error=False, root=True),
        TraceSummary(b"\2" * 16, 2, 200, 250, error=True, root=True),
    ]


def test_the_kernel_names_the_fields_of_a_summary() -> None:
    assert kernel.summarize_traces(two_services())[1].error is True


@pytest.mark.parametrize("signal", [Signal.TRACES, Signal.LOGS])
def test_shards_hold_every_item_once_and_a_trace_in_one_place(functions: Any, signal: Signal) -> None:
    request = REQUESTS[signal]()
    resource = request.resource_spans.add() if signal is Signal.TRACES else request.resource_logs.add()
    scope = resource.scope_spans.add() if signal is Signal.TRACES else resource.scope_logs.add()
    items = scope.spans if signal is Signal.TRACES else scope.log_records
    for number in range(200):
        items.add(trace_id=(number % 50).to_bytes(16), span_id=number.to_bytes(8))
    shards = functions.shard_by_trace(signal, request.SerializeToString(), 4)
    assert len(shards) == 4
    assert sum(amount for _, amount in shards) == 200
    assert all(kernel.check(signal, part) == amount for part, amount in shards)
    assert all(amount > 16 for _, amount in shards), "a hash spreads"
    ids = [{bytes(i.trace_id) for i in items_of(signal, part)} for part, _ in shards]
    assert sum(len(shard) for shard in ids) == 50


def items_of(signal: Signal, data: bytes) -> list[Any]:
    request = REQUESTS[signal].FromString(data)
    if signal is Signal.TRACES:
        return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    return [record for resource in request.resource_logs for scope in resource.scope_logs for record in scope.log_records]


def test_shards_that_cannot_be_are_refused(functions: Any) -> None:
    for shards in (0, -1, 100_000):
        with pytest.raises(ValueError, match=f"into {shards} shards"):
            functions.shard_by_trace(Signal.TRACES, b"", shards)
    with pytest.raises(ValueError, match="metrics have no trace id"):
        functions.shard_by_trace(Signal.METRICS, b"", 2)


@pytest.mark.parametrize("signal", [Signal.TRACES, Signal.LOGS])
def test_a_table_of_positions_says_who_gets_a_trace(functions: Any, signal: Signal) -> None:
    request = REQUESTS[signal]()
    resource = request.resource_spans.add() if signal is Signal.TRACES else request.resource_logs.add()
    scope = resource.scope_spans.add() if signal is Signal.TRACES else resource.scope_logs.add()
    items = scope.spans if signal is Signal.TRACES else scope.log_records
    ids = [bytes(16), b"", b"\1" * 16, b"\2" * 16, b"\1" * 16]
    for trace_id in ids:
        items.add(trace_id=trace_id)
    owners = [300, 5, 7]
    table = b"".join(owner.to_bytes(2, "little") for owner in owners)
    parts = functions.route_by_trace(signal, request.SerializeToString(), table, 9)
    found = {owner: [bytes(item.trace_id) for item in items_of(signal, part)] for owner, part, _ in parts}
    expected: dict[int, list[bytes]] = {}
    for trace_id in ids:
        expected.setdefault(owners[zlib.crc32(trace_id) % 3] if any(trace_id) else 9, []).append(trace_id)
    assert found == expected
    assert [amount for _, _, amount in parts] == [len(group) for group in expected.values()]


def test_a_table_that_is_none_is_refused(functions: Any) -> None:
    for table in (b"", b"abc"):
        with pytest.raises(ValueError, match="does not name owners"):
            functions.route_by_trace(Signal.TRACES, b"", table, 0)
    with pytest.raises(ValueError, match="metrics have no trace id"):
        functions.route_by_trace(Signal.METRICS, b"", b"ab", 0)


@pytest.mark.parametrize("name", ["group_by_trace", "summarize_traces"])
def test_a_malformed_span_is_refused(functions: Any, name: str) -> None:
    call: Callable[[bytes], object] = getattr(functions, name)
    with pytest.raises(InvalidTelemetry, match="malformed traces request"):
        call(b"\x0a\x06\x12\x04\x12\x02\x0a\x05")


def test_a_huge_resource_is_not_repeated_for_every_trace(functions: Any) -> None:
    request = REQUESTS[Signal.TRACES]()
    scope = request.resource_spans.add(schema_url="x" * 1_000_000).scope_spans.add()
    for number in range(100):
        scope.spans.add(trace_id=number.to_bytes(16))
    with pytest.raises(InvalidTelemetry, match="more than 64 MiB"):
        functions.group_by_trace(request.SerializeToString())
