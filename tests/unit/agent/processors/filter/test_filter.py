import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.filter.config import FilterConfig
from otel_agent.processors.filter.processor import FilterProcessor


@pytest.fixture
def processor_of(make_context: Any, sink: Any) -> Callable[..., FilterProcessor]:
    def make(signal: Signal, **config: Any) -> FilterProcessor:
        return FilterProcessor(FilterConfig.model_validate(config), make_context(ComponentKind.PROCESSOR, "filter", signal, sink))

    return make


@pytest.fixture
def kept(processor_of: Callable[..., FilterProcessor]) -> Callable[..., Any]:
    """What a filter leaves of a request; None for nothing."""

    def run(signal: Signal, request: Any, **config: Any) -> Any:
        data = request.SerializeToString()
        after = processor_of(signal, **config).rewrite(Telemetry(signal, data, 1))
        return None if after is None else parse(signal, after.data)

    return run


def traces() -> Any:
    """Two resources (a with two scopes, b with one), spans s0 to s3, the number as attribute n; s0 with events e0 and e1."""
    request = REQUESTS[Signal.TRACES]()
    number = 0
    for resource, scopes in (("a", ("x", "y")), ("b", ("x",))):
        of_resource = request.resource_spans.add()
        of_resource.resource.attributes.add(key="service.name").value.string_value = resource
        for scope in scopes:
            of_scope = of_resource.scope_spans.add()
            of_scope.scope.name, of_scope.scope.version = scope, "1"
            for _ in range(2 if (resource, scope) == ("a", "x") else 1):
                span = of_scope.spans.add(name=f"s{number}", kind=number + 1)
                span.attributes.add(key="n").value.int_value = number
                if number == 0:
                    span.events.add(name="e0")
                    span.events.add(name="e1").attributes.add(key="k").value.string_value = "v"
                number += 1
    return request


def names(request: Any) -> list[str]:
    if request is None:
        return []
    return [span.name for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


PYTHON = ' and Concat(["x"], "") == "x"'
"""True, and nothing that the kernel knows."""

SPANS: list[tuple[str, list[str]]] = [
    ('span.name == "s1"', ["s0", "s2", "s3"]),
    ('span.attributes["n"] >= 1', ["s0"]),
    ('resource.attributes["service.name"] == "a"', ["s3"]),
    ('resource.attributes["service.name"] == "a" and span.kind == SPAN_KIND_SERVER', ["s0", "s2", "s3"]),
    ('scope.name == "x"', ["s2"]),
    ('instrumentation_scope.name == "y"', ["s0", "s1", "s3"]),
    ('IsMatch(span.name, "s[02]")', ["s1", "s3"]),
    ('IsMatch(span.attributes["n"], "^[12]$")', ["s0", "s3"]),
    ("not (span.kind == 1 or span.kind == 2)", ["s0", "s1"]),
    ('span.attributes["no"] == nil', []),
    ("IsRootSpan() and span.kind == 1", ["s1", "s2", "s3"]),
    ('spanevent.name == "e0"', ["s0", "s1", "s2", "s3"]),
]


@pytest.mark.parametrize("rest", ["", PYTHON], ids=["natively", "in Python"])
@pytest.mark.parametrize(("condition", "left"), SPANS)
def test_what_meets_a_condition_is_dropped(kept: Any, condition: str, left: list[str], rest: str) -> None:
    assert names(kept(Signal.TRACES, traces(), trace_conditions=[f"({condition}){rest}"])) == left


@pytest.mark.parametrize("rest", ["", PYTHON], ids=["natively", "in Python"])
def test_what_holds_nothing_any_more_is_removed(kept: Any, rest: str) -> None:
    after = kept(Signal.TRACES, traces(), trace_conditions=[f'span.attributes["n"] == 2{rest}', f'span.name == "s3"{rest}'])
    assert [len(resource.scope_spans) for resource in after.resource_spans] == [1]


@pytest.mark.parametrize("rest", ["", PYTHON], ids=["natively", "in Python"])
def test_a_span_stays_without_its_events(kept: Any, rest: str) -> None:
    after = kept(Signal.TRACES, traces(), trace_conditions=[f'IsMatch(spanevent.name, "e."){rest}'])
    assert names(after) == ["s0", "s1", "s2", "s3"]
    assert not after.resource_spans[0].scope_spans[0].spans[0].events


def metrics() -> Any:
    request = REQUESTS[Signal.METRICS]()
    scope = request.resource_metrics.add().scope_metrics.add()
    gauge = scope.metrics.add(name="g").gauge
    for host in ("a", "b"):
        gauge.data_points.add(as_int=1).attributes.add(key="host").value.string_value = host
    scope.metrics.add(name="s").sum.data_points.add(as_int=2).attributes.add(key="host").value.string_value = "a"
    scope.metrics.add(name="h").histogram.data_points.add(count=3)
    scope.metrics.add(name="none")
    return request


def points(request: Any) -> dict[str, int]:
    if request is None:
        return {}
    found = [metric for resource in request.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics]
    return {metric.name: len(getattr(metric, kind).data_points) if (kind := metric.WhichOneof("data")) else 0 for metric in found}


METRICS: list[tuple[str, dict[str, int]]] = [
    ("metric.type == METRIC_DATA_TYPE_HISTOGRAM", {"g": 2, "s": 1, "none": 0}),
    ('metric.name == "g"', {"s": 1, "h": 1, "none": 0}),
    ('HasAttrKeyOnDatapoint("host")', {"h": 1, "none": 0}),
    ('HasAttrOnDatapoint("host", "b")', {"s": 1, "h": 1, "none": 0}),
    ('datapoint.attributes["host"] == "a"', {"g": 1, "h": 1}),
    ('datapoint.value_int == 2 and metric.name == "s"', {"g": 2, "h": 1}),
    ("datapoint.count == 3", {"g": 2, "s": 1}),
]


@pytest.mark.parametrize(("condition", "left"), METRICS)
def test_metrics_and_data_points_are_dropped(kept: Any, condition: str, left: dict[str, int]) -> None:
    context = {"context": "metric" if "Has" in condition or "data" not in condition else "datapoint", "conditions": [condition]}
    after = kept(Signal.METRICS, metrics(), metric_conditions=[context if "Has" in condition else condition])
    # A metric that never had points stays as long as points are not what is asked about.
    assert {name: amount for name, amount in points(after).items() if name != "none"} == {
        name: amount for name, amount in left.items() if name != "none"
    }


def logs(*severities: int) -> Any:
    request = REQUESTS[Signal.LOGS]()
    scope = request.resource_logs.add().scope_logs.add()
    for severity in severities:
        record = scope.log_records.add(severity_number=severity, severity_text=f"S{severity}")
        record.body.string_value = f"body {severity}"
        record.attributes.add(key="n").value.int_value = severity
    return request


def severities(request: Any) -> list[int]:
    return [] if request is None else [record.severity_number for record in request.resource_logs[0].scope_logs[0].log_records]


def test_old_lists_need_no_context_in_front_of_paths(kept: Any) -> None:
    conditions = {"log_record": ["severity_number < SEVERITY_NUMBER_WARN", 'IsMatch(body, "17")']}
    assert severities(kept(Signal.LOGS, logs(9, 13, 17), logs=conditions)) == [13]
    assert names(
        kept(Signal.TRACES, traces(), traces={"resource": ['attributes["service.name"] == "b"'], "span": ['name == "s0"']})
    ) == [
        "s1",
        "s2",
    ]


BLOCKS: list[tuple[dict[str, Any], list[str]]] = [
    ({"include": {"match_type": "strict", "services": ["a"]}}, ["s0", "s1", "s2"]),
    ({"exclude": {"match_type": "strict", "services": ["a"], "span_names": ["s1", "s3"]}}, ["s0", "s2", "s3"]),
    (
        {"include": {"match_type": "regexp", "span_names": ["s[12]"]}, "exclude": {"match_type": "strict", "span_names": ["s2"]}},
        ["s1"],
    ),
    ({"include": {"match_type": "strict", "span_kinds": ["SPAN_KIND_SERVER"]}}, ["s1"]),
    ({"include": {"match_type": "strict", "attributes": [{"key": "n", "value": 3}]}}, ["s3"]),
    ({"exclude": {"match_type": "strict", "attributes": [{"key": "n"}]}}, []),
    ({"include": {"match_type": "regexp", "resources": [{"key": "service.name", "value": "^b"}]}}, ["s3"]),
    ({"include": {"match_type": "strict", "libraries": [{"name": "y", "version": "1"}]}}, ["s2"]),
]


@pytest.mark.parametrize(("block", "left"), BLOCKS)
def test_include_and_exclude_blocks_choose_spans(kept: Any, block: dict[str, Any], left: list[str]) -> None:
    assert names(kept(Signal.TRACES, traces(), spans=block)) == left


def test_include_and_exclude_blocks_choose_metrics_and_records(kept: Any) -> None:
    block: dict[str, Any] = {
        "include": {"match_type": "strict", "metric_names": ["g", "s"]},
        "exclude": {"match_type": "regexp", "metric_names": ["s"]},
    }
    assert points(kept(Signal.METRICS, metrics(), metrics=block)) == {"g": 2}
    least = {"match_type": "strict", "severity_number": {"min": "warn"}}
    assert severities(kept(Signal.LOGS, logs(0, 9, 13, 17), logs={"include": least})) == [13, 17]
    undefined = {**least, "severity_number": {"min": "WARN", "match_undefined": True}}
    assert severities(kept(Signal.LOGS, logs(0, 9, 13), logs={"include": undefined})) == [0, 13]
    texts = {"match_type": "regexp", "bodies": ["9$"], "record_attributes": [{"key": "n", "value": "9"}]}
    assert severities(kept(Signal.LOGS, logs(9, 13), logs={"exclude": texts})) == [13]


async def test_an_empty_request_is_not_sent_on_and_what_is_dropped_is_counted(
    processor_of: Any, sink: Any, scrape: Any, telemetry_of: Any
) -> None:
    processor = processor_of(Signal.TRACES, trace_conditions=['span.name != "item-2"'])
    await processor.consume(telemetry_of(items=3))
    await processor.consume(telemetry_of(items=2))
    assert sink.sizes == [1]
    assert scrape()['otelcol_processor_filter_spans.filtered{filter="filter"}'] == 4


async def test_a_request_that_has_to_wait_is_filtered_and_counted_once(
    processor_of: Any, sink: Any, scrape: Any, telemetry_of: Any
) -> None:
    processor, telemetry = processor_of(Signal.TRACES, trace_conditions=['span.name == "item-0"']), telemetry_of(items=2)
    assert not processor.consume_now(telemetry)
    await processor.consume(telemetry)
    assert sink.sizes == [1]
    assert scrape()['otelcol_processor_filter_spans.filtered{filter="filter"}'] == 1


def test_a_request_with_nothing_to_drop_is_the_same_object(processor_of: Any, telemetry_of: Any) -> None:
    for condition in ('span.name == "no"', f'span.name == "no"{PYTHON}'):
        telemetry = telemetry_of(items=2)
        assert processor_of(Signal.TRACES, trace_conditions=[condition]).rewrite(telemetry) is telemetry


def test_common_conditions_run_natively(processor_of: Any) -> None:
    processor = processor_of(
        Signal.LOGS,
        log_conditions=['resource.attributes["a"] == "x"', "log.severity_number < SEVERITY_NUMBER_INFO", "IsString(log.body)"],
    )
    assert processor.native_levels == [True, False]


def test_a_condition_that_fails_is_false_or_refuses_the_request(
    processor_of: Any, telemetry_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    condition = "span.name + 1 == 2"
    with caplog.at_level(logging.WARNING):
        assert (
            processor_of(Signal.TRACES, trace_conditions=[condition, 'span.name == "item-0"']).rewrite(telemetry_of(items=1))
            is None
        )
    assert len([record for record in caplog.records if "OTTL condition" in record.message]) == 1
    group = {"error_mode": "propagate", "conditions": [condition]}
    with pytest.raises(PermanentError, match=r"span\.name"):
        processor_of(Signal.TRACES, trace_conditions=[group]).rewrite(telemetry_of())


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"trace_conditions": ["span.name == "]}, r"trace_conditions\[0\]: column 14: expected a value, found end"),
    ({"traces": {"span": ["nam == 1"]}}, r"traces.span\[0\]: column 1: the span context has no path nam"),
    ({"log_conditions": [{"context": "log", "conditions": ["foo == 1"]}]}, r"log_conditions\[0\].conditions\[0\]: column 1"),
    ({"log_conditions": ["span.name == nil"]}, "the context span is not one of this signal"),
    ({"metric_conditions": ['set(metric.name, "x")']}, "column 1: the editor set stands at the start of a statement only"),
    ({"traces": {"span": ["true"]}, "trace_conditions": ["span.kind == 1"]}, "cannot use trace_conditions and traces"),
    ({"traces": {"span": ["true"]}, "spans": {"include": {"match_type": "strict", "services": ["a"]}}}, "at the same time"),
    ({"spans": {"include": {"match_type": "strict"}}}, "one of services, span_names"),
    ({"spans": {"include": {"match_type": "regexp", "services": ["("]}}}, "pattern"),
    ({"metrics": {"include": {"match_type": "expr", "expressions": ["x"]}}}, "expr is not supported"),
    ({"logs": {"include": {"match_type": "strict", "severity_number": {"min": "no"}}}}, "'no' is not a valid severity"),
    ({"profile_conditions": ["true"]}, "profiles are not supported"),
    ({"trace_condition": []}, "trace_condition"),
]


@pytest.mark.parametrize(("config", "message"), MISTAKES)
def test_a_mistake_is_refused_with_its_place(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FilterConfig.model_validate(config)
