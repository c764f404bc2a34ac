"""The table of traces, portable and native where that is built; what both must share is held together by the fuzzer, too."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from otel_agent.pdata import native
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.judges import compile_judge
from otel_agent.pdata.judging import Test as JudgeTest
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.native_trace_table import NativeTraceTable
from otel_agent.pdata.portable_trace_table import PortableTraceTable
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import DRAWN_BYTES, LAST_TICK, NOT_SAMPLED, TableLimits, TraceTable
from tests.fuzz.requests import delimited

Make = Callable[..., TraceTable]
ERROR: JudgeTest = ("status", [2])
TEXT: JudgeTest = ("text", "k", ["v"])


@pytest.fixture(params=["portable", "native"])
def make(request: pytest.FixtureRequest) -> Make:
    found = native.installed()
    if request.param == "native" and found is None:
        pytest.skip("the native extension is not built")

    def table(tests: Sequence[JudgeTest] = (ERROR,), **limits: Any) -> TraceTable:
        chosen = TableLimits(**{"traces": 1000, "memory": 1 << 30, **limits})
        if request.param == "native" and found:
            return NativeTraceTable(found, found.Judge(tests), chosen)
        return PortableTraceTable(compile_judge(tests), chosen)

    return table


def spans(*ids: bytes, **fields: Any) -> bytes:
    """One span of each trace."""
    request = REQUESTS[Signal.TRACES]()
    scope = request.resource_spans.add().scope_spans.add()
    for trace_id in ids:
        span = scope.spans.add(trace_id=trace_id, **{"span_id": b"12345678", **fields})
        span.status.code = 2 if trace_id.endswith(b"!") else 1
    data: bytes = request.SerializeToString()
    return data


def ids_in(data: bytes) -> list[bytes]:
    return [
        span.trace_id
        for resource in REQUESTS[Signal.TRACES].FromString(data).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def draw(table: TraceTable, tick: int = LAST_TICK, **how: Any) -> list[Any]:
    return table.draw(tick, 1000, 1.0, 0, **how)[0]


def test_traces_that_meet_the_same_tests_are_decided_together(make: Make) -> None:
    table = make()
    table.take(spans(b"a", b"b!", b"a", b"c"), 1.0, 3)
    assert draw(table, 2) == []
    assert [(group.met, group.traces, group.spans, group.requests) for group in draw(table, 3)] == [
        (b"\0", 2, 3, []),
        (b"\1", 1, 1, []),
    ]
    (release,), _ = table.settle([NOT_SAMPLED, 5], 1.0, 100, 1 << 20)
    assert (release.policy, ids_in(release.request), release.spans) == (5, [b"b!"], 1)
    assert (len(table), table.pending, table.memory) == (3, 0, 0)


def test_each_trace_is_decided_by_itself_with_its_requests_where_that_is_asked_for(make: Make) -> None:
    table = make()
    table.take(spans(b"a", b"b"), 1.0, 3)
    table.take(spans(b"a"), 1.0, 4)
    groups = draw(table, apart=True, requests=True)
    assert [[ids_in(data) for data in group.requests] for group in groups] == [[[b"a"], [b"a"]], [[b"b"]]]
    assert [group.size for group in groups] == [sum(map(len, group.requests)) for group in groups]


def test_at_most_so_many_traces_are_drawn_the_oldest_first(make: Make) -> None:
    table = make()
    table.take(spans(b"a", b"b", b"c"), 1.0, 3)
    assert table.draw(3, 2, 1.0, 0)[0][0].traces == 2
    (release,), _ = table.settle([0], 1.0, 100, 1 << 20)
    assert ids_in(release.request) == [b"a", b"b"]
    assert table.pending == 1


def test_fewer_traces_are_drawn_where_they_are_large(make: Make) -> None:
    table = make()
    for trace_id in (b"a", b"b", b"c"):
        table.take(spans(trace_id, name="x" * (DRAWN_BYTES // 2)), 1.0, 3)
    assert sum(group.traces for group in draw(table)) == 2


@pytest.mark.parametrize("full", [(2, 1 << 20), (100, 70)])
def test_sampled_traces_are_joined_until_a_request_is_full(make: Make, full: tuple[int, int]) -> None:
    table = make()
    table.take(spans(*(b"%016d" % number for number in range(5))), 1.0, 3)
    draw(table)
    releases, _ = table.settle([0], 1.0, *full)
    assert [release.spans for release in releases] == [2, 2, 1]


def test_traces_of_different_policies_are_joined_unless_they_are_to_be_kept_apart(make: Make) -> None:
    for apart, expected in ((False, [3]), (True, [1, 1, 1])):
        table = make()
        table.take(spans(b"a", b"b!", b"c"), 1.0, 3)
        draw(table)
        releases, _ = table.settle([0, 1], 1.0, 100, 1 << 20, apart=apart)
        assert [release.spans for release in releases] == expected


def test_late_spans_are_handed_back_as_the_trace_was_decided(make: Make) -> None:
    table = make()
    table.take(spans(b"a", b"b!"), 1.0, 3)
    draw(table)
    table.settle([NOT_SAMPLED, 7], 4.0, 100, 1 << 20)
    intake = table.take(spans(b"a", b"b!"), 9.0, 12)
    assert [(late.policy, late.cached, late.at, bool(late.request)) for late in intake.late] == [
        (NOT_SAMPLED, False, 4.0, False),
        (7, False, 4.0, True),
    ]
    assert (intake.begun, table.pending) == (0, 0)


def test_what_a_cache_knows_leaves_the_table(make: Make) -> None:
    table = make(sampled_cache=2)
    table.take(spans(b"12345678a", b"12345678b"), 1.5, 3)
    draw(table)
    assert table.settle([7], 4.0, 100, 1 << 20)[1] == [(1.5, 2)]
    assert len(table) == 0
    (late,) = table.take(spans(b"12345678b"), 9.0, 12).late
    assert (late.policy, late.cached, ids_in(late.request)) == (7, True, [b"12345678b"])


def test_traces_that_left_memory_are_told_by_when_they_came(make: Make) -> None:
    table = make(traces=2)
    table.take(spans(b"a", b"b"), 1.0, 3)
    intake = table.take(spans(b"c", b"d", b"e"), 2.0, 3)
    assert (intake.begun, intake.evicted, intake.removed) == (3, 3, [(1.0, 2), (2.0, 1)])
    draw(table)
    table.settle([NOT_SAMPLED], 3.0, 100, 1 << 20)
    intake = table.take(spans(b"f"), 4.0, 6)
    assert (intake.evicted, intake.removed) == (0, [(2.0, 1)])


def test_memory_is_that_of_requests_and_of_what_keeps_them(make: Make) -> None:
    table = make()
    data = spans(b"a" * 16)
    table.take(data, 1.0, 3)
    table.take(data, 1.0, 3)
    assert table.memory == table.TRACE_BYTES + 2 * (table.FRAGMENT_BYTES + len(data))
    table.drop_pending()
    assert (len(table), table.memory) == (0, 0)


@pytest.mark.parametrize("trace_id", [b"", b"a", b"16 bytes are one", b"more than sixteen bytes"])
def test_an_id_of_any_length_is_one(make: Make, trace_id: bytes) -> None:
    table = make([("hash", "salt", 2**64 - 1)])
    table.take(spans(trace_id, b"other"), 1.0, 3)
    table.take(spans(trace_id), 1.0, 3)
    groups = draw(table, apart=True)
    assert [(group.spans, group.met) for group in groups] == [(2, b"\1"), (1, b"\1")]


def test_spans_are_counted_of_traces_that_had_begun_long_before_they_came(make: Make) -> None:
    table = make()
    second = 1_000_000_000
    table.take(spans(b"a", b"a", start_time_unix_nano=100 * second), 1.0, 3)
    table.take(spans(b"b", start_time_unix_nano=103 * second), 1.0, 3)
    assert table.draw(3, 10, 3.0, 104 * second)[1] == 2  # 2 s before: 102


def test_a_trace_that_cannot_be_read_is_alone_and_says_why(make: Make) -> None:
    table = make([TEXT])
    attribute = delimited(9, b"\x0a\x05")
    span = delimited(1, b"a" * 16) + attribute
    table.take(delimited(1, delimited(2, delimited(2, span))) + spans(b"b"), 1.0, 3)
    bad, good = draw(table)
    assert (bad.traces, good.traces) == (1, 1)
    assert "malformed traces request" in bad.error
    assert good.error == ""


def test_nothing_is_taken_of_a_request_that_is_malformed(make: Make) -> None:
    table = make()
    with pytest.raises(InvalidTelemetry, match="malformed traces request"):
        table.take(spans(b"a") + b"\x0a\x06\x12\x04\x12\x02\x0a\x05", 1.0, 3)
    assert len(table) == 0


def test_what_was_drawn_must_be_settled_all_of_it(make: Make) -> None:
    table = make()
    table.take(spans(b"a", b"b!"), 1.0, 3)
    draw(table)
    with pytest.raises(ValueError, match="settled first"):
        draw(table)
    with pytest.raises(ValueError, match="for each group"):
        table.settle([0], 1.0, 100, 1 << 20)
    assert len(table.settle([0, 0], 1.0, 100, 1 << 20)[0]) == 1


def test_a_cleared_table_knows_nothing_any_more(make: Make) -> None:
    table = make()
    table.take(spans(b"a", b"b"), 1.0, 3)
    draw(table, 3)
    table.settle([0], 1.0, 100, 1 << 20)
    table.take(spans(b"c"), 1.0, 3)
    table.clear()
    assert (len(table), table.pending, table.memory) == (0, 0, 0)
    assert table.take(spans(b"a"), 1.0, 3).begun == 1
