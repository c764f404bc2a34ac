"""Labels and lines of the Go exporter 0.130, record by record. Expectations are from its documentation and behaviour."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.exporters.loki.config import LokiExporterConfig
from otel_agent.exporters.loki.entries import convert
from otel_agent.exporters.loki.labels import level_of, selector
from otel_agent.exporters.loki.logfmt import encode, parse

MakeRequest = Callable[..., Any]


def converted(request: Any, **keys: Any) -> list[tuple[dict[str, str], str]]:
    """Labels and line of each entry of the tenants together."""
    config = LokiExporterConfig.model_validate({"endpoint": "http://loki/loki/api/v1/push", **keys})
    done = convert(request, config, lambda: 1)
    return [
        (stream.labels, entry.line)
        for batch in done.batches.values()
        for stream in batch.streams.values()
        for entry in stream.entries
    ]


@pytest.mark.parametrize(
    ("resource", "attributes", "expected"),
    [
        ({}, {}, {}),
        ({"service.name": "shop"}, {}, {"job": "shop"}),
        ({"service.namespace": "eu"}, {}, {}),
        ({"service.name": "shop", "service.namespace": "eu"}, {}, {"job": "eu/shop"}),
        ({"service.instance.id": "i1"}, {}, {"instance": "i1"}),
        ({"host.name": "n1", "loki.resource.labels": "host.name"}, {}, {"host_name": "n1"}),
        ({"host.name": "n1", "os": "x", "loki.resource.labels": "host.name, os"}, {}, {"host_name": "n1", "os": "x"}),
        ({"host.name": "n1", "loki.resource.labels": ["host.name", "absent"]}, {}, {"host_name": "n1"}),
        ({"host.name": "n1"}, {"loki.resource.labels": "host.name"}, {"host_name": "n1"}),
        ({}, {"event": "paid", "loki.attribute.labels": "event"}, {"event": "paid"}),
        ({}, {"n": 3, "ok": True, "f": 1.5, "loki.attribute.labels": "n,ok,f"}, {"n": "3", "ok": "true", "f": "1.5"}),
        ({}, {"http": {"status": {"code": 200}}, "loki.attribute.labels": "http.status.code"}, {"http_status_code": "200"}),
        ({}, {"m": {"b": 1, "a": [2]}, "loki.attribute.labels": "m"}, {"m": '{"a":[2],"b":1}'}),
        ({"loki.attribute.labels": "event"}, {"event": "paid"}, {}),
        ({"k": "r", "loki.resource.labels": "k"}, {"k": "a", "loki.attribute.labels": "k"}, {"k": "a"}),
        ({"loki.tenant": "team", "team": "t1"}, {}, {"team": "t1"}),
        ({"exporter": "mine", "loki.resource.labels": "exporter"}, {}, {"exporter": "mine"}),
    ],
)
def test_hints_and_defaults_make_labels(
    make_request: MakeRequest, resource: dict[str, Any], attributes: dict[str, Any], expected: dict[str, str]
) -> None:
    request = make_request({"body": "x", "attributes": attributes}, resource=resource)
    assert converted(request)[0][0] == {"exporter": "OTLP"} | expected


def test_the_level_is_that_of_the_severity_unless_an_attribute_says_it(make_request: MakeRequest) -> None:
    records = [
        {"severity_number": 9},
        {"severity_number": 9, "attributes": {"level": "hot"}},
        {"severity_number": 0, "attributes": {"level": "hot"}},
        {"severity_number": 17, "attributes": {"loki.attribute.labels": ["event"], "event": "paid"}},
    ]
    labels = [labels for labels, _ in converted(make_request(*records))]
    assert labels == [
        {"exporter": "OTLP", "level": "INFO"},
        {"exporter": "OTLP", "level": "hot"},
        {"exporter": "OTLP"},
        {"exporter": "OTLP", "level": "ERROR", "event": "paid"},
    ]
    assert [level_of(number) for number in (0, 1, 4, 5, 8, 24, 25)] == ["", "TRACE", "TRACE4", "DEBUG", "DEBUG4", "FATAL4", ""]


@pytest.mark.parametrize("off", ["exporter", "job", "instance", "level"])
def test_default_labels_can_be_turned_off_one_by_one(make_request: MakeRequest, off: str) -> None:
    request = make_request({"severity_number": 9}, resource={"service.name": "shop", "service.instance.id": "i1"})
    everything = {"exporter": "OTLP", "job": "shop", "instance": "i1", "level": "INFO"}
    expected = {name: value for name, value in everything.items() if name != off}
    assert converted(request, default_labels_enabled={off: False})[0][0] == expected


def test_json_is_the_default_and_leaves_out_what_is_empty(make_request: MakeRequest) -> None:
    full = {
        "body": {"a": [1, None, b"\0"]},
        "trace_id": b"\1" * 16,
        "span_id": b"\2" * 8,
        "severity_text": "error",
        "severity_number": 17,
        "flags": 1,
        "attributes": {"k": 1.5, "loki.attribute.labels": "gone", "gone": "x"},
    }
    lines = [line for _, line in converted(make_request(full, {}, resource={"host": "n1"}, scope="library"))]
    assert json.loads(lines[0]) == {
        "body": {"a": [1, None, "AA=="]},
        "traceid": "01" * 16,
        "spanid": "02" * 8,
        "severity": "error",
        "flags": 1,
        "attributes": {"k": 1.5},
        "resources": {"host": "n1"},
        "instrumentation_scope": {"name": "library"},
    }
    assert json.loads(lines[1]) == {"resources": {"host": "n1"}, "instrumentation_scope": {"name": "library"}}


def test_a_label_with_dots_stays_out_of_the_line_and_names_are_compared_as_they_were(make_request: MakeRequest) -> None:
    attributes = {"http.method": "GET", "http_method": "kept", "loki.attribute.labels": "http.method"}
    labels, line = converted(make_request({"body": "x", "attributes": attributes}))[0]
    assert labels["http_method"] == "GET"
    assert json.loads(line)["attributes"] == {"http_method": "kept"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("plain text", "plain= text="),
        ('level=info msg="two words"', 'level=info msg="two words"'),
        ('not "logfmt', 'msg="not \\"logfmt"'),
        ({"a": {"b": 1}, "c": [True, "x y"]}, 'a_b=1 c_0=true c_1="x y"'),
        ([1, 2], "body_0=1 body_1=2"),
        (42, "msg=42"),
        (b"abc", "msg=abc"),
        (None, ""),
    ],
)
def test_logfmt_bodies(make_request: MakeRequest, body: Any, expected: str) -> None:
    request = make_request({"body": body}, resource={"loki.format": "logfmt"})
    assert converted(request)[0][1] == expected


def test_logfmt_has_the_rest_behind_the_body_and_ids_replace_the_body_s(make_request: MakeRequest) -> None:
    record = {
        "body": "traceID=old a=1",
        "trace_id": b"\1" * 16,
        "severity_text": "warn",
        "flags": 1,
        "attributes": {"m": {"k": "v"}},
    }
    request = make_request(record, resource={"loki.format": "logfmt", "host": "n 1"}, scope="library")
    assert converted(request)[0][1] == (
        f'traceID={"01" * 16} a=1 severity=warn flags=1 attribute_m_k=v resource_host="n 1" instrumentation_scope_name=library'
    )


@pytest.mark.parametrize(("body", "expected"), [("text", "text"), ({"b": 1, "a": 2}, '{"a":2,"b":1}'), (1.0, "1"), (None, "")])
def test_raw_is_the_body_as_text(make_request: MakeRequest, body: Any, expected: str) -> None:
    assert converted(make_request({"body": body}, resource={"loki.format": "raw"}))[0][1] == expected


def test_the_resource_s_format_and_tenant_win(make_request: MakeRequest) -> None:
    record = {"body": "x", "attributes": {"loki.format": "json", "loki.tenant": "b", "b": "of the record"}}
    request = make_request(record, resource={"loki.format": "raw", "loki.tenant": "a", "a": "of the resource"})
    config = LokiExporterConfig(endpoint="http://loki/")
    batches = convert(request, config, lambda: 1).batches
    assert list(batches) == ["of the resource"]
    assert converted(request)[0][1] == "x"


def test_a_tenant_hint_of_the_resource_finds_a_record_s_attribute(make_request: MakeRequest) -> None:
    request = make_request({"attributes": {"team": "a"}}, {"attributes": {"team": 5}}, {}, resource={"loki.tenant": "team"})
    assert list(convert(request, LokiExporterConfig(endpoint="http://loki/"), lambda: 1).batches) == ["a", ""]


def test_deeply_nested_hints_end() -> None:
    value: Any = "end"
    for _ in range(60):
        value = {"a": value}
    from tests.unit.agent.exporters.loki.conftest import record_request

    request = record_request({"attributes": {"a": value, "loki.attribute.labels": ".".join("a" * 61)}})
    assert converted(request)[0][0] == {"exporter": "OTLP"}


def test_selectors_are_sorted_and_quoted() -> None:
    assert selector({"b": 'q"\\', "a": "x\n"}) == '{a="x\\n", b="q\\"\\\\"}'


def test_what_logfmt_writes_it_reads_again() -> None:
    pairs = {"a": "plain", "b c": 'quote " and \\', "d": "line\nend", "e": "", "f": "=", "\x01": "dropped", "g": "\x7fé"}
    read = parse(encode(pairs))
    assert read is not None
    assert dict(read) == {"a": "plain", "bc": 'quote " and \\', "d": "line\nend", "e": "", "f": "=", "g": "\x7fé"}


def test_a_long_line_that_is_no_logfmt_is_given_up_in_linear_time() -> None:
    assert parse('"' * 100_000) is None
    assert parse('a="' + "\\" * 100_000) is None
    assert len(parse("a" * 100_000) or []) == 1
