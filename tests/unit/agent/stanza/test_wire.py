"""Bytes of log records, native and portable, held to the official classes."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs

from otel_agent.pdata.messages import parse
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.pdata.telemetry import Signal
from otel_agent.stanza import wire
from otel_agent.stanza.entry import Entry
from otel_agent.stanza.native import stanza
from otel_agent.stanza.request import RequestBuilder

native = stanza()
needs_native = pytest.mark.skipif(native is None, reason="the native extension is not built")

scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text() | st.binary()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def python_value(value: Any) -> Any:
    """The value of an AnyValue."""
    kind = value.WhichOneof("value")
    if kind == "kvlist_value":
        return {item.key: python_value(item.value) for item in value.kvlist_value.values}
    if kind == "array_value":
        return [python_value(item) for item in value.array_value.values]
    return None if kind is None else getattr(value, kind)


def expected(value: Any) -> Any:
    """What is left of a value on the wire."""
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(value)
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    return [expected(item) for item in value] if isinstance(value, list) else value


def without_nan(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    return [without_nan(item) for item in value] if isinstance(value, list) else value


def entry_of(body: Any, attributes: dict[str, Any]) -> Entry:
    entry = Entry(body, attributes, 123)
    entry.timestamp, entry.severity, entry.severity_text = 7, 9, "info"
    entry.trace_id, entry.span_id, entry.trace_flags = b"t" * 16, b"s" * 8, 1
    return entry


@given(values, st.dictionaries(st.text(), values, max_size=5))
def test_a_record_reads_back_as_what_was_written(body: Any, attributes: dict[str, Any]) -> None:
    data = wire.log_records([entry_of(body, attributes)])
    (record,) = ScopeLogs.FromString(data).log_records
    assert without_nan(python_value(record.body)) == expected(body)
    assert without_nan({item.key: python_value(item.value) for item in record.attributes}) == expected(attributes)
    assert (record.time_unix_nano, record.observed_time_unix_nano, record.severity_number, record.severity_text) == (
        7,
        123,
        9,
        "info",
    )
    assert (record.trace_id, record.span_id, record.flags) == (b"t" * 16, b"s" * 8, 1)


@needs_native
@given(st.lists(st.tuples(values, st.dictionaries(st.text(), values, max_size=5)), max_size=4))
def test_native_and_portable_records_are_the_same_bytes(items: list[tuple[Any, dict[str, Any]]]) -> None:
    assert native is not None
    entries = [entry_of(body, attributes) for body, attributes in items]
    assert native.log_records(entries) == wire.log_records(entries)


@needs_native
@given(st.lists(st.binary(max_size=300)), st.binary(max_size=200), st.booleans(), st.booleans())
def test_native_and_portable_lines_are_the_same_bytes(lines: list[bytes], rest: bytes, leading: bool, trailing: bool) -> None:
    assert native is not None
    assert native.text_records(lines, rest, leading, trailing) == wire.text_records(lines, rest, leading, trailing)


@pytest.mark.parametrize("size", [1, 100, 126, 127, 128, 200, 20_000, 3_000_000])
def test_lines_of_all_lengths_read_back(size: int) -> None:
    data, items = wire.text_records([b"x" * size, b" "], wire.observed_time(5), True, True)
    (record,) = ScopeLogs.FromString(data).log_records
    assert (record.body.string_value, record.observed_time_unix_nano, items) == ("x" * size, 5, 1)


def test_values_nested_too_deep_are_cut_and_those_of_other_types_become_text() -> None:
    deep: Any = "end"
    for _ in range(1000):
        deep = [deep]
    entry = Entry(deep, {"odd": {1}, "surrogate": "\ud800"}, 1)
    data = wire.log_records([entry])
    assert b"(nested too deep)" in data
    (record,) = ScopeLogs.FromString(data).log_records
    assert {item.key: item.value.string_value for item in record.attributes} == {"odd": "{1}", "surrogate": "?"}
    if native is not None:
        assert native.log_records([entry]) == data


def test_records_are_grouped_by_resource_and_scope() -> None:
    builder = RequestBuilder()
    shared = {"pod": "p"}
    entries = [Entry(str(number), {}, 1, resource) for number, resource in enumerate([shared, {"pod": "q"}, {"pod": "p"}, {}])]
    entries[2].scope_name = "library"
    builder.add(entries)
    builder.add_records(shared, *wire.text_records([b"line"], wire.observed_time(1), True, True))
    telemetry = builder.build()
    found = [
        (
            resource.resource.attributes[0].value.string_value if resource.resource.attributes else "",
            scope.scope.name,
            [r.body.string_value for r in scope.log_records],
        )
        for resource in parse(Signal.LOGS, telemetry.data).resource_logs
        for scope in resource.scope_logs
    ]
    assert found == [("p", "", ["0", "line"]), ("p", "library", ["2"]), ("q", "", ["1"]), ("", "", ["3"])]
    assert (telemetry.items, builder.items, builder.bytes_held) == (5, 0, 0)


@needs_native
@pytest.mark.parametrize(
    "pattern", [r"(?P<a>\w+) (?P<b>.*)", r"^(?P<a>\d*)(?P<b>x)?", r"(?i)(?P<a>É+)(?P<b>[^é]*)$", r"(z)(?P<b>(?P<a>a|ab)(c|bcd))"]
)
@given(text=st.text(alphabet="aAbcdxz 1é\n", max_size=30))
def test_native_and_portable_groups_are_the_same(pattern: str, text: str) -> None:
    assert native is not None
    compiled = compile_pattern(pattern)
    match = compiled.search(text)
    expected = None if match is None else {name: match.group(name) or "" for name in compiled.groupindex}
    assert native.NamedGroups(pattern).find(text) == expected
