"""Rows and decoded messages are one thing to statements: same results on any valid request."""

from random import Random
from typing import Any

import pytest

from otel_agent.ottl.json_forms import string_like
from otel_agent.pdata import kernel
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pdata.values import read_deep, write
from otel_agent.pipeline.errors import PermanentError
from tests.fuzz import requests

pytestmark = pytest.mark.skipif(kernel.NATIVE is None, reason="the native extension is not in use")

STATEMENTS: dict[Signal, list[list[str]]] = {
    Signal.TRACES: [
        ['set(span.attributes["a"], Concat([span.name, span.attributes["http.method"], resource.attributes["a"]], "-"))'],
        ["truncate_all(span.attributes, 3)", "set(span.name, String(span.attributes)) where span.kind > 1"],
        [
            "set(span.status.message, String(span.start_time_unix_nano - 1))",
            'keep_keys(span.attributes, ["a", "b"]) where IsString(span.name)',
        ],
        ["flatten(span.attributes)", "set(span.start_time, span.end_time)", 'set(span.cache["x"], span.attributes["a"])'],
        ['set(span.attributes["a"]["b"], span.trace_id.string)', 'set(span.kind.string, "Client") where scope.name != "x"'],
        ['merge_maps(span.attributes, resource.attributes, "insert")', 'set(span.name, resource.attributes["a"]["b"])'],
        [
            "delete_key(span.attributes, span.name) where Len(scope.attributes) > 0",
            'replace_all_patterns(span.attributes, "value", "a|1", "$0$0")',
        ],
        ['set(spanevent.attributes["a"], Concat([span.name, spanevent.name, String(span.status.code)], "-"))'],
        [
            "truncate_all(spanevent.attributes, 2)",
            "set(spanevent.name, String(spanevent.attributes))",
            "set(spanevent.time, span.start_time)",
        ],
    ],
    Signal.METRICS: [
        ['set(datapoint.attributes["a"], Concat([metric.name, metric.unit, String(metric.type)], "-"))'],
        [
            "limit(datapoint.attributes, 1, []) where metric.type == METRIC_DATA_TYPE_HISTOGRAM",
            "set(datapoint.time, datapoint.start_time)",
        ],
        ["flatten(datapoint.attributes)", 'merge_maps(datapoint.attributes, resource.attributes, "upsert")'],
    ],
    Signal.LOGS: [
        ['set(log.attributes["body"], log.body)', "set(log.body, String(log.attributes))"],
        ["flatten(log.body)", "set(log.severity_text, log.body.string)"],
        [
            'set(log.body["a"], log.attributes["a"])',
            "set(log.severity_number, Int(log.severity_text))",
            "stringify_all(log.attributes)",
        ],
    ],
}
CASES = [(signal, statements) for signal, groups in STATEMENTS.items() for statements in groups]


def plain(message: Any) -> Any:
    """Put all attributes inside in the order of their keys, since theirs means nothing, and leave of them what OTTL knows.

    Of equal keys that is the first.
    """
    for field, value in message.ListFields():
        if field.name == "attributes":
            found = {entry.key: type(entry)(key=entry.key, value=entry.value) for entry in reversed(value)}
            del value[:]
            value.extend(found[key] for key in sorted(found))
        elif field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                plain(inner)
    return message


MIXED = [
    'set(span.attributes["k"], span.name) where span.kind == SPAN_KIND_SERVER',
    'delete_key(span.attributes, "http.method")',
    'set(span.attributes["a"], Concat([span.attributes["k"], span.attributes["http.method"]], "-"))',
    'set(span.name, span.attributes["a"])',
    "truncate_all(span.attributes, 3)",
    'set(span.attributes["http.method"], span.attributes["a"])',
    'set(span.status.message, span.attributes["k"]) where span.attributes["k"] != nil',
]


@pytest.mark.parametrize(
    ("signal", "statements", "ways"),
    [*((signal, statements, ["rows"]) for signal, statements in CASES), (Signal.TRACES, MIXED, ["native", "rows", "native"])],
)
def test_rows_and_decoded_messages_give_the_same(
    processor_of: Any, monkeypatch: pytest.MonkeyPatch, signal: Signal, statements: list[str], ways: list[str]
) -> None:
    by_rows = processor_of(signal, *statements, error_mode="silent")
    assert by_rows.ways == ways
    with monkeypatch.context() as patch:
        patch.setattr("otel_agent.processors.transform.processor.columns_of", lambda *_: None)
        decoded = processor_of(signal, *statements, error_mode="silent")
    assert decoded.ways == ["decoded"]
    for seed in range(150):
        before = Telemetry(signal, requests.request(Random(seed), signal).SerializeToString(), 1)
        one, other = by_rows.rewrite(before), decoded.rewrite(before)
        one, other = (plain(parse(signal, after.data)) for after in (one, other))
        assert one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True), f"seed {seed}"


def test_statements_of_a_group_with_conditions_stay_together(processor_of: Any) -> None:
    statements = ['set(span.name, "b")', 'set(span.attributes["n"], Concat([span.name, "!"], ""))']
    processor = processor_of(Signal.TRACES, {"conditions": ['span.name == "a"'], "statements": statements})
    assert processor.ways == ["rows"]
    request = traces([])
    request.resource_spans[0].scope_spans[0].spans[0].name = "a"
    assert written(processor.rewrite(Telemetry(Signal.TRACES, request.SerializeToString(), 1)).data) == [[("n", "b!")]]


def traces(*spans: list[tuple[str, Any]]) -> Any:
    request = REQUESTS[Signal.TRACES]()
    scope = request.resource_spans.add().scope_spans.add()
    for attributes in spans:
        span = scope.spans.add()
        for key, value in attributes:
            write(span.attributes.add(key=key).value, value)
    return request


def written(data: bytes) -> list[list[tuple[str, Any]]]:
    spans = parse(Signal.TRACES, data).resource_spans[0].scope_spans[0].spans
    return [[(entry.key, read_deep(entry.value)) for entry in span.attributes] for span in spans]


def test_a_request_that_no_statement_changes_is_handed_on_as_it_is(processor_of: Any) -> None:
    processor = processor_of(Signal.TRACES, "truncate_all(span.attributes, 5)", 'set(span.name, Concat([span.name], "-"))')
    assert processor.ways == ["rows"]
    before = Telemetry(Signal.TRACES, traces([("a", "short"), ("b", 7)], []).SerializeToString(), 2)
    assert processor.rewrite(before) is before


def test_spans_with_other_attributes_than_those_before_them_are_seen_as_they_are(processor_of: Any) -> None:
    random, keys = Random(1), [f"key.{number}" for number in range(60)]
    spans = [[(key, random.choice(["x", "yy", 1, 2.5, True, b"b"])) for key in random.sample(keys, 40)] for _ in range(50)]
    processor = processor_of(Signal.TRACES, 'set(span.attributes["seen"], String(span.attributes))')
    after = written(processor.rewrite(Telemetry(Signal.TRACES, traces(*spans).SerializeToString(), 50)).data)
    assert processor.ways == ["rows"]
    assert after == [[*span, ("seen", string_like(dict(span)))] for span in spans]


def test_of_equal_keys_the_first_is_seen_and_all_are_set(processor_of: Any) -> None:
    span = [("a", "first"), ("b", 1), ("a", "second")]
    processor = processor_of(Signal.TRACES, 'set(span.attributes["a"], Concat([span.attributes["a"], "!"], ""))')
    (after,) = written(processor.rewrite(Telemetry(Signal.TRACES, traces(span).SerializeToString(), 1)).data)
    assert after == [("a", "first!"), ("b", 1), ("a", "first!")]


def test_keys_that_editors_leave_out_are_gone_and_new_ones_stand_behind(processor_of: Any) -> None:
    processor = processor_of(
        Signal.TRACES,
        'limit(span.attributes, 2, ["c"])',
        'merge_maps(span.attributes, {"n": {"x": [1]}, "a": 2}, "upsert")',
    )
    request = traces([("a", 1), ("b", 1), ("c", 1)], [("c", 1)])
    assert written(processor.rewrite(Telemetry(Signal.TRACES, request.SerializeToString(), 2)).data) == [
        [("a", 2), ("c", 1), ("n", {"x": [1]})],
        [("c", 1), ("n", {"x": [1]}), ("a", 2)],
    ]


def test_a_failure_under_propagate_refuses_the_request_by_its_own_name(processor_of: Any) -> None:
    processor = processor_of(Signal.TRACES, 'set(span.name, Substring(span.attributes["a"], 0, 5))', error_mode="propagate")
    assert processor.ways == ["rows"]
    with pytest.raises(PermanentError, match="Substring: the text of 1 bytes has no 5 bytes"):
        processor.rewrite(Telemetry(Signal.TRACES, traces([("a", "x")]).SerializeToString(), 1))


@pytest.mark.parametrize(
    "statement", ['set(log.attributes["x"]["y"], ParseJSON(log.body))', "set(log.body, ParseJSON(log.body))"]
)
@pytest.mark.parametrize("form", ["[1]", '{"a": 1}'])
def test_what_is_nested_too_deep_to_be_read_again_is_not_stored(processor_of: Any, statement: str, form: str) -> None:
    processor = processor_of(Signal.LOGS, statement, error_mode="silent")
    for depth in (10, 25, 30, 31, 32, 33, 45, 46, 47, 48, 64, 65, 300):
        request = REQUESTS[Signal.LOGS]()
        record = request.resource_logs.add().scope_logs.add().log_records.add()
        record.body.string_value = form.split("1")[0] * depth + "1" + form.split("1")[1] * depth
        before = Telemetry(Signal.LOGS, request.SerializeToString(), 1)
        after = processor.rewrite(before)
        parse(Signal.LOGS, after.data)
        if depth <= 25:
            assert after is not before
        if depth >= 48:
            assert after is before
