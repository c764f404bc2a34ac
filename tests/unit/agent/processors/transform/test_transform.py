import logging
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.featuregates import FeatureGates
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.transform.config import TransformConfig

TRACE_ID = bytes(range(16))


def span_request(**attributes: Any) -> Any:
    request = REQUESTS[Signal.TRACES]()
    resource = request.resource_spans.add(schema_url="https://r")
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_spans.add()
    scope.scope.name = "library"
    span = scope.spans.add(name="GET /a", kind=2, trace_id=TRACE_ID, span_id=bytes(7) + b"\1", trace_state="a=1,b=2")
    span.start_time_unix_nano, span.end_time_unix_nano = 1_000, 3_500
    span.status.code = 2
    for key, value in attributes.items():
        put(span.attributes.add(key=key).value, value)
    event = span.events.add(name="first", time_unix_nano=5)
    event.attributes.add(key="e").value.int_value = 1
    span.events.add(name="second")
    return request


def put(target: Any, value: Any) -> None:
    if isinstance(value, dict):
        target.kvlist_value.SetInParent()
        for key, member in value.items():
            put(target.kvlist_value.values.add(key=key).value, member)
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for member in value:
            put(target.array_value.values.add(), member)
    else:
        kind = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}[
            type(value)
        ]
        setattr(target, kind, value)


def take(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [take(member) for member in value.array_value.values]
    if kind == "kvlist_value":
        return taken(value.kvlist_value.values)
    return None if kind is None else getattr(value, kind)


def taken(entries: Any) -> dict[str, Any]:
    return {entry.key: take(entry.value) for entry in entries}


def span_of(request: Any) -> Any:
    return request.resource_spans[0].scope_spans[0].spans[0]


def log_request(body: Any = None, **attributes: Any) -> Any:
    request = REQUESTS[Signal.LOGS]()
    record = request.resource_logs.add().scope_logs.add().log_records.add(severity_number=9, severity_text="INFO")
    if body is not None:
        put(record.body, body)
    for key, value in attributes.items():
        put(record.attributes.add(key=key).value, value)
    return request


def record_of(request: Any) -> Any:
    return request.resource_logs[0].scope_logs[0].log_records[0]


SPAN_STATEMENTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ('set(span.attributes["a"], "x")', {}, {"a": "x"}),
    ('set(span.attributes["a"], span.attributes["b"])', {"b": [1, {"c": 2.5}]}, {"a": [1, {"c": 2.5}], "b": [1, {"c": 2.5}]}),
    ('set(span.attributes["a"], span.attributes["b"])', {"a": 1}, {"a": 1}),
    ('set(span.attributes["a"]["b"][2]["c"], 1)', {}, {"a": {"b": [None, None, {"c": 1}]}}),
    ('set(span.attributes["a"]["b"], 1)', {"a": {"c": 2}}, {"a": {"c": 2, "b": 1}}),
    ('set(span.attributes["a"][0], 7)', {"a": [1, 2]}, {"a": [7, 2]}),
    ('set(span.attributes["a"], span.name)', {}, {"a": "GET /a"}),
    ('set(span.attributes["a"], span.kind.string)', {}, {"a": "Server"}),
    ('set(span.attributes["a"], span.kind.deprecated_string)', {}, {"a": "SPAN_KIND_SERVER"}),
    ('set(span.attributes["a"], span.trace_id.string)', {}, {"a": TRACE_ID.hex()}),
    ('set(span.attributes["a"], span.parent_span_id.string)', {}, {"a": "0" * 16}),
    ('set(span.attributes["a"], span.trace_state["b"])', {}, {"a": "2"}),
    ('set(span.attributes["a"], span.end_time_unix_nano - span.start_time_unix_nano)', {}, {"a": 2500}),
    ('set(span.attributes["a"], resource.attributes["service.name"])', {}, {"a": "shop"}),
    ('set(span.attributes["a"], instrumentation_scope.name)', {}, {"a": "library"}),
    ('set(span.attributes["a"], resource.schema_url)', {}, {"a": "https://r"}),
    ('set(span.attributes["a"], {"x": [1, span.name]})', {}, {"a": {"x": [1, "GET /a"]}}),
    ('set(span.attributes["a"], -span.attributes["b"] * 2 + 1)', {"b": 3}, {"a": -5, "b": 3}),
    ('set(span.attributes["a"], 7 / 2)', {}, {"a": 3}),
    ('set(span.attributes["a"], -7 / 2)', {}, {"a": -3}),
    ('set(span.attributes["a"], 1 / 2.0)', {}, {"a": 0.5}),
    ('set(span.attributes["a"], 1 / 0)', {}, {}),
    ('set(span.attributes["a"], 9223372036854775807 + 1)', {}, {"a": -(2**63)}),
    (
        'set(span.attributes["a"], Concat(["x", span.attributes["b"], span.attributes["no"]], "-"))',
        {"b": True},
        {"a": "x-true-<nil>", "b": True},
    ),
    ('set(span.attributes["a"], String(span.attributes["a"]))', {"a": {"z": 1.0, "a": ["<"]}}, {"a": '{"a":["\\u003c"],"z":1}'}),
    ('set(span.attributes[span.attributes["b"]], 1)', {"b": "k"}, {"b": "k", "k": 1}),
    ("set(span.attributes, resource.attributes)", {"b": 1}, {"service.name": "shop"}),
    ('delete_key(span.attributes, "a")', {"a": 1, "b": 2}, {"b": 2}),
    ('delete_key(span.attributes["a"], "x")', {"a": {"x": 1, "y": 2}}, {"a": {"y": 2}}),
    ('delete_matching_keys(span.attributes, "^a")', {"a": 1, "ab": 2, "ba": 3}, {"ba": 3}),
    ('keep_keys(span.attributes, ["a", "z"])', {"a": 1, "b": 2}, {"a": 1}),
    ('keep_matching_keys(span.attributes, "^a")', {"a": 1, "b": 2}, {"a": 1}),
    ('limit(span.attributes, 2, ["c"])', {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 3}),
    ("truncate_all(span.attributes, 3)", {"a": "abcd", "b": "aéé", "c": 1234}, {"a": "abc", "b": "aé", "c": 1234}),
    ("truncate_all(span.attributes, 2)", {"b": "aéé"}, {"b": "a"}),
    ("stringify_all(span.attributes)", {"a": 1.5, "b": [1]}, {"a": "1.5", "b": "[1]"}),
    ('merge_maps(span.attributes, {"a": 9, "n": 8}, "insert")', {"a": 1}, {"a": 1, "n": 8}),
    ('merge_maps(span.attributes, {"a": 9, "n": 8}, "update")', {"a": 1}, {"a": 9}),
    ('merge_maps(span.attributes, {"a": 9, "n": 8}, "upsert")', {"a": 1}, {"a": 9, "n": 8}),
    ("flatten(span.attributes)", {"a": {"b": {"c": 1}}, "l": [1, {"x": 2}]}, {"a.b.c": 1, "l.0": 1, "l.1.x": 2}),
    ('flatten(span.attributes, "p", 1)', {"a": {"b": {"c": 1}}}, {"p.a.b": {"c": 1}}),
    (
        "flatten(span.attributes, resolve_conflicts = true)",
        {"a": {"b": 1}, "a.b": 2, "c": [1, 2]},
        {"a.b": 1, "a.b.0": 2, "c": 1, "c.0": 2},
    ),
    ('append(span.attributes["a"], "y")', {"a": "x"}, {"a": ["x", "y"]}),
    ('append(span.attributes["a"], values = [1, "y"])', {}, {"a": [1, "y"]}),
    ('append(span.attributes["a"], "y")', {"a": {"b": 1}}, {"a": {"b": 1}}),
    ('delete_index(span.attributes["a"], 1)', {"a": [1, 2, 3]}, {"a": [1, 3]}),
    ('delete_index(span.attributes["a"], 0, 2)', {"a": [1, 2, 3]}, {"a": [3]}),
    ('replace_match(span.attributes["a"], "/user/*/x", "/user/{}/x")', {"a": "/user/1/x"}, {"a": "/user/{}/x"}),
    ('replace_match(span.attributes["a"], "/user/*", "no")', {"a": "/shop/1"}, {"a": "/shop/1"}),
    ('replace_all_matches(span.attributes, "x*", "y")', {"a": "xa", "b": "ax", "c": 1}, {"a": "y", "b": "ax", "c": 1}),
    ('replace_pattern(span.attributes["a"], "(\\\\w+)=(?P<v>\\\\d+)", "${v}:$1$$")', {"a": "a=1 b=2"}, {"a": "1:a$ 2:b$"}),
    ('replace_pattern(span.attributes["a"], "\\\\d+", "<$0>", String, "n=%s")', {"a": "a1b22"}, {"a": "an=<1>bn=<22>"}),
    ('replace_all_patterns(span.attributes, "value", "a", "b")', {"k": "aa", "n": 1}, {"k": "bb", "n": 1}),
    ('replace_all_patterns(span.attributes, "key", "^k", "x.")', {"ka": 1, "b": 2}, {"x.a": 1, "b": 2}),
]


@pytest.mark.parametrize(("statement", "before", "after"), SPAN_STATEMENTS)
def test_a_statement_changes_the_attributes_of_a_span(transform: Any, way: str, statement: str, before: Any, after: Any) -> None:
    assert taken(span_of(transform(Signal.TRACES, span_request(**before), statement)).attributes) == after


CONDITIONS: list[tuple[str, bool]] = [
    ("span.kind == SPAN_KIND_SERVER", True),
    ("span.kind != 2", False),
    ("2.0 == span.kind", True),
    ('span.attributes["i"] > 3 and span.attributes["i"] <= 5.0', True),
    ('span.attributes["s"] > 1', False),
    ('span.attributes["s"] == 1', False),
    ('span.attributes["s"] != 1', True),
    ('span.attributes["no"] == nil', True),
    ('span.attributes["no"] != nil', False),
    ('span.attributes["no"] <= nil', True),
    ('span.attributes["b"] == true', True),
    ('span.attributes["b"] == 1', False),
    ('span.attributes["l"] == [1, "x"]', True),
    ('span.attributes["m"] == {"k": 1}', True),
    ('span.attributes["m"] == {"k": 1.0}', False),
    ('span.attributes["m"]["k"] == 1', True),
    ('span.attributes["s"] == span.name', False),
    ('span.attributes["i"] == span.attributes["i"]', True),
    ('IsMatch(span.name, "^GET")', True),
    ('IsMatch(span.attributes["i"], "^5$")', True),
    ('IsMatch(span.attributes["l"], "x")', True),
    ('not IsString(span.attributes["i"])', True),
    ('IsString(span.name) and (span.name == "no" or span.name == "GET /a")', True),
    ("span.trace_id == 0x000102030405060708090a0b0c0d0e0f", True),
    ("span.parent_span_id == 0x0000000000000000", True),
    ('resource.attributes["service.name"] == "shop"', True),
    ("span.end_time_unix_nano - span.start_time_unix_nano > 2000", True),
    ("span.start_time < span.end_time", True),
    ("true", True),
    ("false", False),
]


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_a_condition_decides_whether_a_statement_runs(transform: Any, way: str, condition: str, holds: bool) -> None:
    before = span_request(i=5, s="x", b=True, l=[1, "x"], m={"k": 1})
    for done in ('set(span.attributes["done"], true)', 'set(span.name, Concat(["done"], ""))'):
        span = span_of(transform(Signal.TRACES, before, f"{done} where {condition}"))
        assert (span.name == "done" or "done" in taken(span.attributes)) is holds


FIELDS: list[tuple[str, str, Any]] = [
    ('set(span.name, "n")', "name", "n"),
    ("set(span.kind, 3)", "kind", 3),
    ('set(span.kind.string, "Client")', "kind", 3),
    ('set(span.status.message, "m")', "status.message", "m"),
    ("set(span.status.code, STATUS_CODE_OK)", "status.code", 1),
    ('set(span.trace_id.string, "0f0e0d0c0b0a09080706050403020100")', "trace_id", bytes(range(15, -1, -1))),
    ('set(span.trace_state["c"], "3")', "trace_state", "c=3,a=1,b=2"),
    ("set(span.start_time_unix_nano, 7)", "start_time_unix_nano", 7),
    ("set(span.start_time, span.end_time)", "start_time_unix_nano", 3_500),
    ("set(span.dropped_attributes_count, 4294967297)", "dropped_attributes_count", 1),
    ("set(span.flags, 1)", "flags", 1),
]


@pytest.mark.parametrize(("statement", "field", "value"), FIELDS)
def test_a_statement_changes_a_field_of_a_span(transform: Any, way: str, statement: str, field: str, value: Any) -> None:
    found = span_of(transform(Signal.TRACES, span_request(), statement))
    for name in field.split("."):
        found = getattr(found, name)
    assert found == value


@pytest.fixture(params=["rows", "decoded"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How groups run that are no programs of the kernel."""
    if request.param == "decoded":
        monkeypatch.setattr("otel_agent.processors.transform.processor.columns_of", lambda *_: None)
        monkeypatch.setattr("otel_agent.processors.transform.processor.TransformProcessor._lowered", lambda *_: None)
    return str(request.param)


def test_statements_see_what_those_before_them_did(transform: Any, way: str) -> None:
    statements = (
        'set(span.cache["n"], 1)',
        'set(span.attributes["a"], span.cache["n"] + 1)',
        'set(span.name, "new") where span.attributes["a"] == 2',
        'set(span.attributes["b"], span.name)',
    )
    assert taken(span_of(transform(Signal.TRACES, span_request(), *statements)).attributes) == {"a": 2, "b": "new"}


def test_span_events_have_an_index_and_see_their_span(transform: Any) -> None:
    statements = ('set(spanevent.attributes["i"], spanevent.event_index)', 'set(spanevent.attributes["s"], span.name)')
    events = span_of(transform(Signal.TRACES, span_request(), *statements)).events
    assert [taken(event.attributes) for event in events] == [{"e": 1, "i": 0, "s": "GET /a"}, {"i": 1, "s": "GET /a"}]


def test_groups_run_one_after_the_other_in_their_contexts(transform: Any) -> None:
    groups = (
        {"context": "resource", "statements": ['set(attributes["r"], 1)']},
        {"context": "scope", "statements": ['set(version, "2")', 'set(attributes["s"], resource.attributes["r"])']},
        {"statements": ['set(span.attributes["a"], scope.version)'], "conditions": ['resource.attributes["r"] == 1', "false"]},
        {"context": "span", "statements": ['set(attributes["no"], 1)'], "conditions": ["false"]},
    )
    after = transform(Signal.TRACES, span_request(), *groups)
    assert after.resource_spans[0].scope_spans[0].scope.version == "2"
    assert taken(after.resource_spans[0].scope_spans[0].scope.attributes) == {"s": 1}
    assert taken(span_of(after).attributes) == {"a": "2"}


def test_a_shared_cache_lasts_for_the_request(transform: Any, way: str) -> None:
    request = span_request()
    request.resource_spans[0].scope_spans[0].spans.add(name="other")
    statements = ['set(span.attributes["seen"], span.cache["name"])', 'set(span.cache["name"], span.name)']
    for shared, seen in ((True, {"seen": "GET /a"}), (False, {})):
        after = transform(Signal.TRACES, request, {"statements": statements, "shared_cache": shared})
        assert taken(after.resource_spans[0].scope_spans[0].spans[1].attributes) == seen


def test_a_statement_about_an_outer_message_changes_it(transform: Any) -> None:
    after = transform(Signal.TRACES, span_request(), 'set(resource.attributes["span"], span.name)')
    assert taken(after.resource_spans[0].resource.attributes) == {"service.name": "shop", "span": "GET /a"}


LOGS: list[tuple[str, Any, Any]] = [
    ('set(log.body, "x")', {"a": 1}, "x"),
    ('set(log.body["b"], log.body["a"])', {"a": [1]}, {"a": [1], "b": [1]}),
    ("set(log.body[0], 9)", [1, 2], [9, 2]),
    ("set(log.body, log.body.string)", {"a": b"\1"}, '{"a":"AQ=="}'),
    ('delete_key(log.body, "a")', {"a": 1, "b": 2}, {"b": 2}),
    ("flatten(log.body)", {"a": {"b": 1}}, {"a.b": 1}),
    ('set(log.body, log.attributes["no"])', "kept", "kept"),
    ('set(log.body["a"], 1)', None, None),
    ("set(log.body[0], 1)", None, None),
]


@pytest.mark.parametrize(("statement", "before", "after"), LOGS)
def test_a_statement_changes_the_body_of_a_record(transform: Any, way: str, statement: str, before: Any, after: Any) -> None:
    assert take(record_of(transform(Signal.LOGS, log_request(before), statement)).body) == after


def test_severity_is_set_by_its_symbol(transform: Any, way: str) -> None:
    statements = (
        "set(log.severity_number, SEVERITY_NUMBER_WARN2) where log.severity_number < SEVERITY_NUMBER_WARN",
        'set(log.severity_text, "W")',
    )
    record = record_of(transform(Signal.LOGS, log_request("x"), *statements))
    assert (record.severity_number, record.severity_text) == (14, "W")


def test_common_forms_run_natively(processor_of: Any) -> None:
    processor = processor_of(
        Signal.TRACES,
        {
            "statements": [
                'set(span.attributes["a"], span.attributes["b"]) where span.kind == SPAN_KIND_SERVER and not span.name == "x"'
            ]
        },
        {"context": "resource", "statements": ['delete_key(attributes, "a")', 'set(attributes["k"], 1.5)']},
        {"statements": ["truncate_all(span.attributes, 3)"]},
    )
    assert processor.ways[:2] == ["native", "native"]
    assert processor.ways[2] != "native"


async def test_a_failure_is_logged_once_and_the_next_statement_runs(transform: Any, caplog: pytest.LogCaptureFixture) -> None:
    request = span_request(a="x")
    request.resource_spans[0].scope_spans[0].spans.add(name="other")
    statements = ('set(span.attributes["a"], span.attributes["a"] + 1)', 'set(span.attributes["b"], Concat(["1"], ""))')
    with caplog.at_level(logging.WARNING):
        after = transform(Signal.TRACES, request, *statements)
    assert taken(span_of(after).attributes) == {"a": "x", "b": "1"}
    (record,) = [record for record in caplog.records if "Failed to evaluate an OTTL statement" in record.message]
    assert "string is no number" in getattr(record, "error", "")
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        transform(Signal.TRACES, request, *statements, error_mode="silent")
    assert not caplog.records


async def test_propagate_refuses_the_request_for_good(processor_of: Any, telemetry_of: Any) -> None:
    processor = processor_of(Signal.TRACES, 'set(span.attributes["a"], span.name + 1)', error_mode="propagate")
    with pytest.raises(PermanentError, match="failed to execute 'set"):
        await processor.consume(telemetry_of())
    with pytest.raises(PermanentError, match="failed to execute 'set"):
        processor.consume_now(telemetry_of())


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"trace_statements": ['set(span.attributes["a"] 1)']}, r"trace_statements\[0\]: column 26: expected ','"),
    (
        {"trace_statements": ["set(span.foo, 1)"]},
        r"column 5: the span context has no path span.foo; known with span: attributes, trace_id",
    ),
    (
        {"trace_statements": ["set(span.name, name)"]},
        r"column 16: the path name lacks the name of its context; write one of span.name",
    ),
    ({"trace_statements": ["set(log.body, 1)"]}, "the context log is not one of this signal"),
    ({"trace_statements": ["set(name, 1)"]}, "no context can be inferred"),
    ({"trace_statements": [{"context": "log", "statements": ["set(body, 1)"]}]}, "the context log is not one of spanevent, span"),
    ({"trace_statements": [{"context": "foo", "statements": []}]}, "unknown context 'foo'"),
    (
        {"trace_statements": ["set(span.kind, SPAN_KIND_NO)"]},
        "the context span, inferred from the paths, has no symbol SPAN_KIND_NO",
    ),
    (
        {"trace_statements": [{"context": "span", "statements": ["set(kind, NO)"]}]},
        "column 11: unknown symbol NO in the span context",
    ),
    ({"trace_statements": ["nothing(span.name)"]}, "column 1: unknown function nothing"),
    ({"trace_statements": ["set(span.name, Nothing(1))"]}, "column 16: unknown function Nothing"),
    ({"trace_statements": ["set(span.name)"]}, "column 1: set lacks its argument value; it takes 2 arguments"),
    ({"trace_statements": ["set(span.name, 1, 2)"]}, "column 19: set takes 2 arguments, not 3"),
    ({"trace_statements": ["set(span.name, valu = 1)"]}, "set has no argument valu; known: target, value"),
    ({"trace_statements": ['set("x", 1) where span.name == ""']}, "column 5: the argument target is a path that can be set"),
    ({"trace_statements": ["delete_key(span.attributes, 1)"]}, "column 29: expected string but got int"),
    ({"trace_statements": ['delete_matching_keys(span.attributes, "(")']}, "column 39: pattern"),
    (
        {"trace_statements": ['limit(span.attributes, 1, ["a", "b"])']},
        "column 1: limit: the limit 1 is below the number of priority keys",
    ),
    ({"trace_statements": ["truncate_all(span.attributes, span.kind)"]}, "has to be written out"),
    (
        {"trace_statements": ['merge_maps(span.attributes, span.attributes, "no")']},
        "the strategy is one of insert, update, upsert",
    ),
    ({"trace_statements": ["set(span.attributes.a, 1)"]}, r'reached with brackets, as attributes\["a"\]'),
    ({"trace_statements": ["set(resource.cache, span.name)"]}, "a context has only its own cache"),
    ({"trace_statements": ['set(span.name["a"], 1)']}, "column 15: span.name.* cannot be indexed"),
    ({"trace_statements": ['set(span.name, Concat(["a"], "b", 1))']}, "column 35: Concat takes 2 arguments, not 3"),
    ({"trace_statements": ['replace_pattern(span.name, "a", "b", Nothing)']}, "column 38: unknown converter Nothing"),
    ({"trace_statements": ["set(span.name, 1)", {"statements": []}]}, "member 1 is a group behind members that are text"),
    ({"profile_statements": ["set(profile.x, 1)"]}, "profiles are not supported"),
    ({"trace_statements": [], "unknown": 1}, "unknown"),
    ({"error_mode": "explode"}, "unknown error mode 'explode'; known: ignore, silent, propagate"),
]


@pytest.mark.parametrize(("config", "message"), MISTAKES)
def test_a_mistake_is_refused_with_its_place(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TransformConfig.model_validate(config)


def test_the_request_is_handed_on_with_its_sender(processor_of: Any) -> None:
    client = ClientInfo("1.2.3.4")
    before = Telemetry(Signal.TRACES, span_request().SerializeToString(), 1, client, 5.0)
    after = processor_of(Signal.TRACES, 'set(span.name, Concat(["a"], ""))').rewrite(before)
    assert (after.client, after.deadline, after.items) == (client, 5.0, 1)
    assert span_of(parse(Signal.TRACES, after.data)).name == "a"


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> FeatureGates:
    """Gates that the test may set."""
    found = FeatureGates()
    for module in ("otel_agent.processors.transform.config", "otel_agent.ottl.configuration"):
        monkeypatch.setattr(f"{module}.process_gates", lambda: found)
    return found


def test_flattened_records_have_a_resource_of_their_own_while_statements_run(transform: Any, gates: FeatureGates) -> None:
    request = log_request("a", n=1)
    scope = request.resource_logs[0].scope_logs[0]
    for number in (2, 1):
        put(scope.log_records.add().attributes.add(key="n").value, number)
    statement = 'set(resource.attributes["n"], log.attributes["n"])'
    with pytest.raises(ValidationError, match=r"needs the feature gate transform\.flatten\.logs"):
        transform(Signal.LOGS, request, statement, flatten_data=True)
    gates.set("transform.flatten.logs", enabled=True)
    after = transform(Signal.LOGS, request, statement, flatten_data=True)
    assert [taken(resource.resource.attributes) for resource in after.resource_logs] == [{"n": 1}, {"n": 2}]
    assert [len(resource.scope_logs[0].log_records) for resource in after.resource_logs] == [2, 1]


def test_a_gate_brings_the_old_default_error_mode_back(gates: FeatureGates) -> None:
    assert TransformConfig.model_validate({}).error_mode == "ignore"
    gates.set("processor.transform.defaultErrorModeIgnore", enabled=False)
    assert TransformConfig.model_validate({}).error_mode == "propagate"
    assert TransformConfig.model_validate({"error_mode": "Silent"}).error_mode == "silent"


def test_what_came_with_the_request_can_be_read(processor_of: Any) -> None:
    client = ClientInfo("1.2.3.4", {"tenant": ("a", "b")}, {"username": "u"})
    statements = (
        'set(span.attributes["addr"], otelcol.client.addr)',
        'set(span.attributes["tenant"], otelcol.client.metadata["tenant"][1])',
        'set(span.attributes["user"], otelcol.client.auth.attributes["username"])',
    )
    before = Telemetry(Signal.TRACES, span_request().SerializeToString(), 1, client)
    after = parse(Signal.TRACES, processor_of(Signal.TRACES, *statements).rewrite(before).data)
    assert taken(span_of(after).attributes) == {"addr": "1.2.3.4", "tenant": "b", "user": "u"}
    with pytest.raises(ValidationError, match=r"there is no path otelcol\.client\.no; known with otelcol"):
        TransformConfig.model_validate({"trace_statements": ["set(span.name, otelcol.client.no)"]})


SEMCONV: list[tuple[int, dict[str, Any], str]] = [
    (2, {"http.request.method": "GET", "http.route": "/a"}, "GET /a"),
    (2, {"http.method": "GET"}, "GET"),
    (3, {"rpc.system": "grpc", "rpc.service": "S", "rpc.method": "M"}, "S/M"),
    (3, {"db.system": "pg", "db.operation": "SELECT", "db.name": "shop", "db.collection.name": "t"}, "SELECT shop.t"),
    (3, {"db.system": "pg", "db.query.summary": "SELECT t"}, "SELECT t"),
    (4, {"messaging.system": "k", "messaging.operation": "send", "messaging.destination.name": "q"}, "send q"),
    (5, {"messaging.system": "k", "messaging.destination.temporary": True}, "(temporary)"),
    (1, {"http.request.method": "GET"}, "old"),
]


@pytest.mark.parametrize(("kind", "attributes", "name"), SEMCONV)
def test_a_span_is_named_as_the_conventions_have_it(transform: Any, kind: int, attributes: dict[str, Any], name: str) -> None:
    request = span_request(**attributes)
    span_of(request).kind, span_of(request).name = kind, "old"
    group = {"context": "span", "statements": ['set_semconv_span_name("1.37.0", "was")']}
    span = span_of(transform(Signal.TRACES, request, group))
    assert span.name == name
    assert taken(span.attributes).get("was") == (None if name == "old" else "old")
