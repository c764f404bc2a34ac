from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.pdata import kernel
from otel_agent.pdata import split as portable
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal

ITEM_FIELDS = {Signal.TRACES: "spans", Signal.METRICS: "metrics", Signal.LOGS: "log_records"}
SUFFIXES = {Signal.TRACES: "spans", Signal.METRICS: "metrics", Signal.LOGS: "logs"}
KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary", None)
shapes = st.lists(st.lists(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 4)), max_size=4), max_size=3), max_size=3)


def build(signal: Signal, shape: list[list[list[tuple[str | None, int]]]]) -> Any:
    """Resources, scopes and (for metrics) metrics as drawn, every item with a number of its own."""
    request, number = REQUESTS[signal](), 0
    for r, scopes in enumerate(shape):
        resource = getattr(request, f"resource_{SUFFIXES[signal]}").add(schema_url=f"r{r}")
        resource.resource.attributes.add(key="r").value.int_value = r
        for s, groups in enumerate(scopes):
            scope = getattr(resource, f"scope_{SUFFIXES[signal]}").add(schema_url=f"s{s}")
            scope.scope.name = f"s{s}"
            for kind, amount in groups:
                metric = scope.metrics.add(name=f"m{number}", unit="By") if signal is Signal.METRICS else None
                if metric is not None and kind:
                    getattr(metric, kind).SetInParent()
                if kind == "sum" and metric is not None:
                    metric.sum.is_monotonic = True
                for _ in range(amount):
                    number += 1
                    if metric is None:
                        target = getattr(scope, ITEM_FIELDS[signal]).add()
                        target.trace_id = number.to_bytes(16)
                    elif kind:
                        getattr(metric, kind).data_points.add(time_unix_nano=number)
    return request


def items_with_headers(signal: Signal, data: bytes) -> list[tuple[bytes, ...]]:
    """Every item with everything that stands above it."""
    found = []
    request = REQUESTS[signal].FromString(data)
    for resource in getattr(request, f"resource_{SUFFIXES[signal]}"):
        scopes = list(getattr(resource, f"scope_{SUFFIXES[signal]}"))
        resource.ClearField(f"scope_{SUFFIXES[signal]}")
        for scope in scopes:
            items = list(getattr(scope, ITEM_FIELDS[signal]))
            scope.ClearField(ITEM_FIELDS[signal])
            above = (resource.SerializeToString(), scope.SerializeToString())
            for item in items:
                if signal is not Signal.METRICS:
                    found.append((*above, item.SerializeToString()))
                elif kind := item.WhichOneof("data"):
                    points = list(getattr(item, kind).data_points)
                    getattr(item, kind).ClearField("data_points")
                    found.extend((*above, item.SerializeToString(), point.SerializeToString()) for point in points)
    return found


@given(signal=st.sampled_from(Signal), shape=shapes, limit=st.integers(1, 7))
def test_split_and_merge_preserve_every_item_with_its_headers(signal: Signal, shape: Any, limit: int) -> None:
    data = build(signal, shape).SerializeToString()
    parts = kernel.split(signal, data, limit)
    assert [kernel.check(signal, part) for part, _ in parts] == [amount for _, amount in parts]
    assert all(amount == limit for _, amount in parts[:-1])
    assert parts[-1][1] <= limit
    assert items_with_headers(signal, kernel.merge(part for part, _ in parts)) == items_with_headers(signal, data)


@pytest.mark.parametrize("cut", [kernel.split_by_bytes, portable.split_by_bytes], ids=["in use", "portable"])
@given(signal=st.sampled_from(Signal), shape=shapes, limit=st.integers(1, 200))
def test_a_split_by_bytes_preserves_every_item_and_keeps_the_limit(cut: Any, signal: Signal, shape: Any, limit: int) -> None:
    data = build(signal, shape).SerializeToString()
    parts = cut(signal, data, limit)
    assert [kernel.check(signal, part) for part, _ in parts] == [amount for _, amount in parts]
    assert items_with_headers(signal, kernel.merge(part for part, _ in parts)) == items_with_headers(signal, data)
    if kernel.largest_header(signal, data) > limit // 2:
        assert parts == [(data, kernel.count(signal, data))]
    else:
        # messages without items stay with the items before them, and are no part of the bargain
        assert all(len(part) <= limit or amount <= 1 for part, amount in parts) or [] in nested(shape)


def nested(shape: Any) -> list[Any]:
    """All lists in a shape; metrics without points as empty ones."""
    if isinstance(shape, tuple):
        return [[]] if shape[0] is None or shape[1] == 0 else []
    return [shape, *(inner for part in shape for inner in nested(part))]


@pytest.mark.parametrize("cut", [kernel.split_by_bytes, portable.split_by_bytes], ids=["in use", "portable"])
def test_a_limit_of_bytes_below_one_is_refused(cut: Any) -> None:
    with pytest.raises(ValueError, match="parts of 0 bytes"):
        cut(Signal.LOGS, b"", 0)


@pytest.mark.skipif(kernel.NATIVE is None, reason="the native extension is not used")
def test_native_parts_are_as_full_as_they_can_be() -> None:
    data = build(Signal.LOGS, [[[(None, 4)] * 25]]).SerializeToString()
    parts = kernel.split_by_bytes(Signal.LOGS, data, 200)
    item = 20  # bytes of a record with its tag
    assert all(len(part) > 200 - item - 2 for part, _ in parts[:-1])


@given(signal=st.sampled_from(Signal), shape=shapes)
def test_a_split_that_cuts_nothing_gives_the_same_message(signal: Signal, shape: Any) -> None:
    request = build(signal, shape)
    parts = kernel.split(signal, request.SerializeToString(), 1000)
    assert [REQUESTS[signal].FromString(part) for part, _ in parts] == [request]


@given(signal=st.sampled_from(Signal), first=shapes, second=shapes)
def test_merge_is_the_protobuf_merge_of_the_requests(signal: Signal, first: Any, second: Any) -> None:
    one, other = build(signal, first), build(signal, second)
    merged = REQUESTS[signal].FromString(kernel.merge([one.SerializeToString(), other.SerializeToString()]))
    one.MergeFrom(other)
    assert merged == one


def test_unknown_fields_of_later_versions_survive_a_split() -> None:
    unknown = b"\xba\x3e\x03new"  # field 999
    span = b"\x2a\x01x"
    scope = b"\x12" + bytes([len(span)]) + span
    scopes = scope + scope + unknown
    resource = b"\x12" + bytes([len(scopes)]) + scopes + unknown
    data = b"\x0a" + bytes([len(resource)]) + resource
    parts = [part for part, _ in kernel.split(Signal.TRACES, data, 1)]
    assert len(parts) == 2
    assert all(part.count(unknown) == 2 for part in parts)


@pytest.mark.parametrize("signal", Signal)
def test_malformed_outer_levels_are_refused_by_count_and_split(signal: Signal) -> None:
    for call in (lambda: kernel.count(signal, b"\x0a\x05\x01"), lambda: kernel.split(signal, b"\x0a\x05\x01", 2)):
        with pytest.raises(InvalidTelemetry, match=f"malformed {signal} request"):
            call()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="parts of 0 items"):
        kernel.split(Signal.LOGS, b"", 0)


def test_the_last_of_two_data_fields_on_the_wire_is_counted() -> None:
    gauge = b"\x2a\x02\x0a\x00"
    summary = b"\x5a\x04\x0a\x00\x0a\x00"
    metric = b"\x12" + bytes([len(gauge + summary)]) + gauge + summary
    scope = b"\x12" + bytes([len(metric)]) + metric
    data = b"\x0a" + bytes([len(scope)]) + scope
    assert kernel.count(Signal.METRICS, data) == kernel.check(Signal.METRICS, data) == 2


def test_a_huge_resource_is_not_repeated_without_bound() -> None:
    request = REQUESTS[Signal.LOGS]()
    resource = request.resource_logs.add(schema_url="x" * 1_000_000)
    scope = resource.scope_logs.add()
    for number in range(1000):
        scope.log_records.add(time_unix_nano=number + 1)
    parts = kernel.split(Signal.LOGS, request.SerializeToString(), 2)
    assert sum(len(part) for part, _ in parts) < 70_000_000
    records = [REQUESTS[Signal.LOGS].FromString(part).resource_logs[0].scope_logs[0].log_records for part, _ in parts]
    assert [record.time_unix_nano for part in records for record in part] == list(range(1, 1001))
