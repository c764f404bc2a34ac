"""What people's code can see and change."""

from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.script import Script, ScriptError, Source

Build = Callable[..., Any]


def run(code: str, signal: Signal, request: Any, **settings: Any) -> tuple[Any, int]:
    """Apply code to a request; what came of it, and its items."""
    data, items = Script(Source("code", code, settings=settings)).run(signal, request.SerializeToString())
    return parse(signal, data), items


def failure(code: str, request: Any) -> str:
    with pytest.raises(ScriptError) as caught:
        run(code, Signal.TRACES, request)
    return str(caught.value)


def the_span(request: Any) -> Any:
    return request.resource_spans[0].scope_spans[0].spans[0]


def metrics_request() -> Any:
    request = REQUESTS[Signal.METRICS]()
    scope = request.resource_metrics.add().scope_metrics.add()
    gauge = scope.metrics.add(name="gauge", unit="By").gauge
    for value in (1, 2):
        gauge.data_points.add(as_int=value).attributes.add(key="number").value.int_value = value
    scope.metrics.add(name="histogram").histogram.data_points.add(count=3)
    scope.metrics.add(name="nothing")
    return request


def test_the_fields_of_a_span_are_read_and_written(request_of: Build) -> None:
    code = """
def process(batch):
    (span,) = batch.spans
    assert (span.name, span.kind, span.status, span.trace_id) == ("item-0", "unspecified", "unset", "00" * 15 + "01")
    assert batch.signal == "traces" and not batch.records and not batch.points
    assert span.scope.name == "library" and span.resource["service.name"] == "shop"
    span.name, span.kind, span.status, span.status_message = "new", "server", "error", "why"
    span.start_time, span.end_time = 1_000_000_000, 1_500_000_000
    span.parent_span_id = "0102030405060708"
    assert span.duration == 0.5
"""
    request, items = run(code, Signal.TRACES, request_of(Signal.TRACES, 1))
    span = the_span(request)
    assert (items, span.name, span.kind, span.status.code, span.status.message) == (1, "new", 2, 2, "why")
    assert span.parent_span_id == bytes(range(1, 9))


def test_attributes_are_a_mapping_of_plain_values(request_of: Build) -> None:
    code = """
def process(batch):
    attributes = batch.spans[0].attributes
    attributes["list"] = [1, "two", (3.0, b"4"), {"five": None}]
    attributes["flag"] = True
    attributes.update(text="x", settings=batch.settings["region"])
    assert attributes["list"] == [1, "two", [3.0, b"4"], {"five": None}]
    assert attributes.pop("text") == "x" and "text" not in attributes and attributes.get("none", 5) == 5
    assert list(attributes) == ["list", "flag", "settings"] and len(attributes) == 3
    attributes["flag"] = 7
    batch.resources[0]["host.name"] = "node"
"""
    request, _ = run(code, Signal.TRACES, request_of(Signal.TRACES, 1), region="eu")
    found = {entry.key: entry.value for entry in the_span(request).attributes}
    assert found["flag"].int_value == 7
    assert not found["flag"].HasField("bool_value")
    assert found["settings"].string_value == "eu"
    assert request.resource_spans[0].resource.attributes[1].value.string_value == "node"


def test_events_are_added_changed_and_dropped(request_of: Build) -> None:
    code = """
def process(batch):
    span = batch.spans[0]
    for name in ("a", "b", "c"):
        span.add_event(name, 5, {"k": name})
    span.events[0].drop()
    span.events[1].attributes["k"] = 1
    span.add_event("d", 6)
    span.events[3].drop()
"""
    request, _ = run(code, Signal.TRACES, request_of(Signal.TRACES, 1))
    assert [(event.name, event.time_unix_nano) for event in the_span(request).events] == [("b", 5), ("c", 5)]
    assert the_span(request).events[0].attributes[0].value.int_value == 1


def test_log_records_have_their_body_and_ids(request_of: Build) -> None:
    code = """
def process(batch):
    first, second = batch.records
    assert first.body == "item-0"
    first.body = {"message": "hello"}
    first.severity_number, first.severity_text, first.trace_id = 9, "INFO", "ff" * 16
    second.drop()
"""
    request, items = run(code, Signal.LOGS, request_of(Signal.LOGS, 2))
    (record,) = request.resource_logs[0].scope_logs[0].log_records
    assert (items, record.severity_number, record.trace_id) == (1, 9, b"\xff" * 16)
    assert record.body.kvlist_value.values[0].value.string_value == "hello"


def test_points_have_the_value_and_metric_they_belong_to() -> None:
    code = """
def process(batch):
    assert [metric.type for metric in batch.metrics] == ["gauge", "histogram", ""]
    one, two, three = batch.points
    assert (one.value, one.metric.name, three.value) == (1, "gauge", None)
    one.value = 1.5
    two.drop()
    three.drop()
    one.metric.name = "renamed"
"""
    request, items = run(code, Signal.METRICS, metrics_request())
    metrics = request.resource_metrics[0].scope_metrics[0].metrics
    assert [metric.name for metric in metrics] == ["renamed", "nothing"]  # a metric that lost its last point is gone
    assert (items, metrics[0].gauge.data_points[0].as_double) == (1, 1.5)


def test_resources_and_scopes_that_lost_everything_are_gone(request_of: Build) -> None:
    both = request_of(Signal.TRACES, 1)
    both.MergeFrom(request_of(Signal.TRACES, 1, first=5, service="other"))
    code = "def process(batch):\n    [span.drop() for span in batch.spans if span.resource['service.name'] == 'shop']"
    request, items = run(code, Signal.TRACES, both)
    assert (len(request.resource_spans), items, the_span(request).name) == (1, 1, "item-5")
    assert run("def process(batch): batch.drop()", Signal.TRACES, both)[0].ByteSize() == 0


def test_globals_stay_between_batches(request_of: Build) -> None:
    code = "seen = 0\ndef process(batch):\n    global seen\n    seen += 1\n    batch.spans[0].name = str(seen)"
    script = Script(Source("code", code))
    data = request_of(Signal.TRACES, 1).SerializeToString()
    assert [the_span(parse(Signal.TRACES, script.run(Signal.TRACES, data)[0])).name for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1 / 0", "code, line 2: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "code, line 2: SystemExit: 3"),
        ("return batch", "code: process returned Batch; change the batch in place instead"),
        ("batch.spans[0].attributes['k'] = object()", "code, line 2: TypeError: a value is None, bool, int"),
        ("batch.spans[0].attributes['k'] = 2**63", "code, line 2: ValueError: 9223372036854775808 does not fit in 64 bits"),
        ("batch.spans[0].attributes['k'] = {1: 2}", "code, line 2: TypeError: the keys of a map are str, not int"),
        ("batch.spans[0].kind = 'waiter'", "code, line 2: ValueError: 'waiter' is none of unspecified, internal"),
        ("process(batch)", "code, line 2: RecursionError"),
    ],
)
def test_a_failure_names_the_line_and_what_is_wrong(request_of: Build, line: str, reason: str) -> None:
    assert failure(f"def process(batch):\n    {line}", request_of(Signal.TRACES, 1)).startswith(reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def process(batch:\n", "code, line 1, column 12: '(' was never closed"),
        ("import no_such_module", "code, line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("process = 5", "code has no function process(batch)"),
    ],
)
def test_code_that_cannot_be_loaded_says_why(request_of: Build, code: str, reason: str) -> None:
    assert failure(code, request_of(Signal.TRACES, 1)) == reason
