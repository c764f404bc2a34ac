"""Edits and filters, by the portable programs and by the native ones where they are built."""

from typing import Any

import pytest

from otel_agent.pdata import editing, kernel, native
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.program import Condition, Edit, check_edits, check_filter
from otel_agent.pdata.telemetry import Signal


@pytest.fixture(params=["portable", "native"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "native" and native.installed() is None:
        pytest.skip("the native extension is not built")
    return str(request.param)


@pytest.fixture
def compiled(kind: str) -> Any:
    class Compiled:
        """Both ways to make a program."""

        @staticmethod
        def edits(signal: Signal, level: str, *steps: Any) -> Any:
            check_edits(signal, level, steps)
            found = native.installed() if kind == "native" else None
            return found.Program.edits(signal, level, steps) if found else editing.compile_edits(signal, level, steps)

        @staticmethod
        def filter(signal: Signal, level: str, condition: Condition) -> Any:
            check_filter(signal, level, condition)
            found = native.installed() if kind == "native" else None
            return found.Program.filter(signal, level, condition) if found else editing.compile_filter(signal, level, condition)

    return Compiled


def trace_request() -> Any:
    request = REQUESTS[Signal.TRACES]()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_spans.add()
    scope.scope.name = "library"
    for name, status, code in (("GET /a", 200, 0), ("POST /b", 500, 2)):
        span = scope.spans.add(name=name, kind=2)
        span.attributes.add(key="http.status").value.int_value = status
        span.attributes.add(key="password").value.string_value = "abc"
        span.attributes.add(key="url").value.string_value = "https://shop.example/cart"
        span.status.code = code
        span.events.add(name="exception" if code else "log")
    return request


def spans(data: bytes) -> list[Any]:
    request = REQUESTS[Signal.TRACES].FromString(data)
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


def attributes(message: Any) -> dict[str, Any]:
    return {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in message.attributes}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("insert", "new", ("value", 1)), {"new": 1}),
        (("insert", "password", ("value", "x")), {"password": "abc"}),
        (("update", "password", ("value", "x")), {"password": "x"}),
        (("update", "new", ("value", "x")), {"new": None}),
        (("upsert", "password", ("value", 1.5)), {"password": 1.5}),
        (("upsert", "new", ("value", b"x")), {"new": b"x"}),
        (("upsert", "service", ("from", ("resource", "attributes", "service.name"))), {"service": "shop"}),
        (("upsert", "copy", ("from", ("span", "attributes", "nothing"))), {"copy": None}),
        (("upsert", "library", ("from", ("scope", "name"))), {"library": "library"}),
        (("delete", "password"), {"password": None, "url": "https://shop.example/cart"}),
        (("delete_matching", "^p.*d$"), {"password": None}),
        (("hash", "password", "sha1"), {"password": "a9993e364706816aba3e25717850c26c9cd0d89d"}),
        (("hash_matching", "word", "sha256"), {"password": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}),
        (("extract", "url", r"^(?P<scheme>\w+)://(?P<host>[^/]+)"), {"scheme": "https", "host": "shop.example"}),
        (("convert", "http.status", "string"), {"http.status": "200"}),
        (("convert", "http.status", "double"), {"http.status": 200.0}),
        (("convert", "url", "int"), {"url": "https://shop.example/cart"}),
    ],
)
def test_an_edit_changes_what_it_says_and_nothing_else(compiled: Any, edit: Edit, expected: dict[str, Any]) -> None:
    before = trace_request().SerializeToString()
    after = attributes(spans(compiled.edits(Signal.TRACES, "span", (edit, None)).edit(before))[0])
    assert {key: after.get(key) for key in expected} == expected
    untouched = attributes(spans(before)[0]).items() - expected.items()
    assert {key for key, _ in untouched} - set(expected) <= set(after)


@pytest.mark.timeout(20)
def test_a_span_with_a_hundred_thousand_attributes_is_edited_in_linear_time(compiled: Any) -> None:
    request = trace_request()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.extend([span.attributes[1]] * 100_000)
    data = compiled.edits(Signal.TRACES, "span", (("delete", "password"), None)).edit(request.SerializeToString())
    assert [entry.key for entry in spans(data)[0].attributes] == ["http.status", "url"]


def test_a_condition_chooses_the_spans_that_are_edited(compiled: Any) -> None:
    step = (("upsert", "failed", ("value", True)), (">=", ("span", "attributes", "http.status"), 500))
    data = compiled.edits(Signal.TRACES, "span", step).edit(trace_request().SerializeToString())
    assert ["failed" in attributes(span) for span in spans(data)] == [False, True]


def test_a_condition_of_the_program_is_asked_before_its_first_step(kind: str) -> None:
    steps = [(("delete", "password"), None), (("upsert", "seen", ("value", True)), None)]
    condition = ("and", ("exists", ("span", "attributes", "password")), ("==", ("scope", "name"), "library"))
    unmet = ("==", ("scope", "name"), "another")
    found = native.installed() if kind == "native" else None
    make: Any = found.Program.edits if found else editing.compile_edits
    data = trace_request().SerializeToString()
    edited = [attributes(span) for span in spans(make(Signal.TRACES, "span", steps, condition).edit(data))]
    assert [("password" in span, "seen" in span) for span in edited] == [(False, True)] * 2
    assert make(Signal.TRACES, "span", steps, unmet).edit(data) is data


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (("is", ("span", "attributes", "http.status"), 200), True),
        (("is", ("span", "attributes", "http.status"), 200.0), False),
        (("is", ("span", "attributes", "http.status"), "200"), False),
        (("text_matches", ("span", "attributes", "http.status"), "^2..$"), True),
        (("text_matches", ("span", "attributes", "password"), "b"), True),
        (("text_matches", ("span", "attributes", "absent"), ""), False),
        (("text_matches", ("span", "trace_id"), ""), False),
    ],
)
def test_types_count_for_is_and_not_for_text_matches(compiled: Any, condition: Condition, met: bool) -> None:
    data = compiled.edits(Signal.TRACES, "span", (("insert", "met", ("value", 1)), condition)).edit(
        trace_request().SerializeToString()
    )
    assert ("met" in attributes(spans(data)[0])) is met


@pytest.mark.parametrize(("value", "text"), [(1e21, "1000000000000000000000"), (1e-7, "0.0000001"), (-0.5, "-0.5"), (2.0, "2")])
def test_doubles_match_as_text_without_an_exponent(compiled: Any, value: float, text: str) -> None:
    request = REQUESTS[Signal.LOGS]()
    request.resource_logs.add().scope_logs.add().log_records.add().body.double_value = value
    condition = ("text_matches", ("log", "body"), f"^{text}$")
    assert compiled.filter(Signal.LOGS, "log", condition).keep(request.SerializeToString())[2] == 1


def test_a_step_sees_what_the_steps_before_it_did(compiled: Any) -> None:
    steps = [
        (("insert", "a", ("value", "1")), None),
        (("upsert", "b", ("from", ("span", "attributes", "a"))), ("exists", ("span", "attributes", "a"))),
        (("convert", "b", "int"), None),
        (("delete", "a"), None),
    ]
    after = attributes(spans(compiled.edits(Signal.TRACES, "span", *steps).edit(trace_request().SerializeToString()))[0])
    assert after["b"] == 1
    assert "a" not in after


def test_a_request_that_no_step_changes_is_returned_itself(compiled: Any) -> None:
    data = trace_request().SerializeToString()
    assert compiled.edits(Signal.TRACES, "span", (("delete", "absent"), None)).edit(data) is data
    assert compiled.filter(Signal.TRACES, "span", ("==", ("span", "name"), "absent")).keep(data)[0] is data


def test_a_resource_without_attributes_can_be_given_some(compiled: Any) -> None:
    request = REQUESTS[Signal.LOGS]()
    request.resource_logs.add().scope_logs.add().log_records.add()
    program = compiled.edits(Signal.LOGS, "resource", (("upsert", "k", ("value", ["a", {"b": 1}])), None))
    resource = REQUESTS[Signal.LOGS].FromString(program.edit(request.SerializeToString())).resource_logs[0].resource
    assert resource.attributes[0].value.array_value.values[1].kvlist_value.values[0].value.int_value == 1


@pytest.mark.parametrize("data_kind", ["gauge", "sum", "histogram", "exponential_histogram", "summary"])
def test_points_of_every_kind_of_metric_are_edited_and_filtered(compiled: Any, data_kind: str) -> None:
    request = REQUESTS[Signal.METRICS]()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    for number in (1, 2, 3):
        getattr(metric, data_kind).data_points.add(time_unix_nano=number).attributes.add(key="n").value.int_value = number
    data = request.SerializeToString()
    edited = compiled.edits(Signal.METRICS, "datapoint", (("upsert", "n", ("value", 7)), None)).edit(data)
    points = getattr(REQUESTS[Signal.METRICS].FromString(edited).resource_metrics[0].scope_metrics[0].metrics[0], data_kind)
    assert [point.attributes[0].value.int_value for point in points.data_points] == [7, 7, 7]
    kept, items, dropped = compiled.filter(Signal.METRICS, "datapoint", (">", ("datapoint", "attributes", "n"), 1)).keep(data)
    assert (items, dropped, kernel.check(Signal.METRICS, kept)) == (1, 2, 1)
    nothing, items, dropped = compiled.filter(Signal.METRICS, "datapoint", ("==", ("metric", "name"), "m")).keep(data)
    assert (nothing, items, dropped) == (b"", 0, 3)


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (("==", ("span", "name"), "GET /a"), ["POST /b"]),
        (("!=", ("span", "status.code"), 2), ["POST /b"]),
        (("matches", ("span", "name"), r"^\w+ /b"), ["GET /a"]),
        (("and", ("==", ("span", "kind"), 2), ("<", ("span", "attributes", "http.status"), 500)), ["POST /b"]),
        (("or", ("==", ("scope", "name"), "x"), ("==", ("resource", "attributes", "service.name"), "shop")), []),
        (("not", ("exists", ("span", "attributes", "password"))), ["GET /a", "POST /b"]),
        (("<", ("span", "name"), 5), ["GET /a", "POST /b"]),
        (("==", ("span", "attributes", "absent"), None), []),
        (("==", ("span", "attributes", "http.status"), 200.0), ["POST /b"]),
    ],
)
def test_a_filter_drops_what_meets_its_condition(compiled: Any, condition: Condition, left: list[str]) -> None:
    kept, items, dropped = compiled.filter(Signal.TRACES, "span", condition).keep(trace_request().SerializeToString())
    assert [span.name for span in spans(kept)] == left
    assert (items, dropped) == (len(left), 2 - len(left))
    assert left or kept == b"", "resources that hold nothing go, too"


def test_a_span_stays_without_its_events(compiled: Any) -> None:
    data = trace_request().SerializeToString()
    kept, items, dropped = compiled.filter(Signal.TRACES, "spanevent", ("==", ("spanevent", "name"), "log")).keep(data)
    assert ([len(span.events) for span in spans(kept)], items, dropped) == ([0, 1], 2, 1)


def test_whole_resources_and_scopes_are_filtered(compiled: Any) -> None:
    data = trace_request().SerializeToString()
    for level, path in (("resource", ("resource", "attributes", "service.name")), ("scope", ("scope", "name"))):
        assert compiled.filter(Signal.TRACES, level, ("matches", path, "shop|lib")).keep(data) == (b"", 0, 1)


@pytest.mark.parametrize(
    ("signal", "level", "edit", "message"),
    [
        (Signal.TRACES, "log", ("delete", "a"), "traces have no level 'log'"),
        (Signal.METRICS, "metric", ("delete", "a"), "a metric has no attributes"),
        (Signal.LOGS, "log", ("remove", "a"), "step 1: not an edit"),
        (Signal.LOGS, "log", ("upsert", "a", ("value", None)), "cannot be set to nothing"),
        (Signal.LOGS, "log", ("upsert", "a", ("value", 2**63)), "64 bits"),
        (Signal.LOGS, "log", ("upsert", "a", ("from", ("span", "name"))), "no such path at level log"),
        (Signal.LOGS, "resource", ("upsert", "a", ("from", ("log", "body"))), "no such path at level resource"),
        (Signal.LOGS, "log", ("delete_matching", "("), "pattern"),
        (Signal.LOGS, "log", ("extract", "a", r"(a)\1"), "pattern"),
    ],
)
def test_what_is_no_program_is_refused_with_the_reason(
    compiled: Any, signal: Signal, level: str, edit: Edit, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compiled.edits(signal, level, (edit, None))


def test_conditions_nested_without_end_are_refused() -> None:
    condition: Condition = ("exists", ("log", "attributes", "a"))
    for _ in range(100):
        condition = ("not", condition)
    with pytest.raises(ValueError, match="nested too deep"):
        kernel.compile_filter(Signal.LOGS, "log", condition)


def test_the_kernel_compiles_both_kinds_of_program() -> None:
    data = trace_request().SerializeToString()
    edited = kernel.compile_edits(Signal.TRACES, "span", [(("delete", "password"), None)]).edit(data)
    assert all("password" not in attributes(span) for span in spans(edited))
    assert kernel.compile_filter(Signal.TRACES, "span", ("==", ("span", "kind"), 2)).keep(data) == (b"", 0, 2)


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        (("keep", ["url", "password"]), ["password", "url"]),
        (("keep", []), []),
        (("keep_matching", "^(url|http)"), ["http.status", "url"]),
    ],
)
def test_keeping_deletes_all_other_attributes(compiled: Any, edit: Edit, names: list[str]) -> None:
    program = compiled.edits(Signal.TRACES, "span", (edit, None))
    (first, _) = spans(program.edit(trace_request().SerializeToString()))
    assert [entry.key for entry in first.attributes] == names


ASSIGNMENTS: list[tuple[str, tuple[str, Any], Any]] = [
    ("name", ("value", "x"), "x"),
    ("name", ("value", ""), ""),
    ("name", ("from", ("span", "attributes", "password")), "abc"),
    ("name", ("from", ("span", "attributes", "http.status")), "GET /a"),
    ("name", ("from", ("span", "attributes", "no")), "GET /a"),
    ("name", ("from", ("scope", "name")), "library"),
    ("kind", ("value", 2**32 + 5), 5),
    ("kind", ("value", 0), 0),
    ("status.code", ("value", 1), 1),
    ("status.message", ("value", "m"), "m"),
    ("end_time_unix_nano", ("value", -1), 2**64 - 1),
    ("start_time_unix_nano", ("from", ("span", "attributes", "http.status")), 200),
]


@pytest.mark.parametrize(("field", "source", "value"), ASSIGNMENTS)
def test_a_field_is_assigned_a_value_of_its_type(compiled: Any, field: str, source: Any, value: Any) -> None:
    program = compiled.edits(Signal.TRACES, "span", (("assign", field, source), None))
    (first, second) = spans(program.edit(trace_request().SerializeToString()))
    found = first
    for name in field.split("."):
        found = getattr(found, name)
    assert found == value
    assert len(first.attributes) == 3
    if field == "status.message":
        assert second.status.code == 2


def test_steps_see_the_fields_that_steps_before_them_assigned(compiled: Any) -> None:
    name = ("span", "name")
    program = compiled.edits(
        Signal.TRACES,
        "span",
        (("assign", "name", ("value", "new")), ("==", ("span", "kind"), 2)),
        (("upsert", "n", ("from", name)), ("==", name, "new")),
        (("assign", "name", ("value", "newer")), ("==", name, ("span", "attributes", "n"))),
        (("delete", "password"), ("!=", name, "newer")),
    )
    (first, _) = spans(program.edit(trace_request().SerializeToString()))
    assert first.name == "newer"
    assert [entry.key for entry in first.attributes] == ["http.status", "password", "url", "n"]


def test_fields_of_metrics_and_scopes_are_assigned(compiled: Any) -> None:
    request = REQUESTS[Signal.METRICS]()
    scope = request.resource_metrics.add().scope_metrics.add()
    scope.scope.version = "1"
    scope.metrics.add(name="a", unit="By").gauge.data_points.add(as_int=1)
    data = request.SerializeToString()
    data = compiled.edits(Signal.METRICS, "metric", (("assign", "unit", ("from", ("metric", "name"))), None)).edit(data)
    data = compiled.edits(Signal.METRICS, "scope", (("assign", "name", ("value", "s")), None)).edit(data)
    after = REQUESTS[Signal.METRICS].FromString(data).resource_metrics[0].scope_metrics[0]
    assert (after.scope.name, after.scope.version, after.metrics[0].name, after.metrics[0].unit) == ("s", "1", "a", "a")
    assert after.metrics[0].gauge.data_points[0].as_int == 1


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (("like", ("span", "attributes", "http.status"), "^200$"), True),
        (("like", ("span", "attributes", "http.status"), "^3"), False),
        (("like", ("span", "attributes", "no"), ""), False),
        (("like", ("span", "attributes", "list"), r'^\["a",1.5,\{"b":"AQ==","k":"\\u003c"\},null\]$'), True),
        (("like", ("span", "attributes", "octets"), "^0aff$"), True),
        (("like", ("span", "name"), "^GET"), True),
        (("<", ("span", "kind"), ("span", "attributes", "http.status")), True),
        (("==", ("span", "name"), ("span", "attributes", "url")), False),
        (("==", ("span", "attributes", "list"), ("span", "attributes", "list")), False),
        (("!=", ("span", "name"), ("span", "attributes", "no")), True),
    ],
)
def test_values_are_matched_as_text_and_compared_with_each_other(compiled: Any, condition: Condition, holds: bool) -> None:
    request = trace_request()
    del request.resource_spans[0].scope_spans[0].spans[1]
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.add(key="octets").value.bytes_value = b"\x0a\xff"
    members = span.attributes.add(key="list").value.array_value.values
    members.add().string_value = "a"
    members.add().double_value = 1.5
    inside = members.add().kvlist_value.values
    inside.add(key="k").value.string_value = "<"
    inside.add(key="b").value.bytes_value = b"\1"
    members.add()
    _, _, dropped = compiled.filter(Signal.TRACES, "span", condition).keep(request.SerializeToString())
    assert bool(dropped) is holds
