"""The attributes processor: actions, and which spans, records and points they are for."""

from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.attributes.config import AttributesConfig
from otel_agent.processors.attributes.factory import create

TOUCH = {"action": "upsert", "key": "touched", "value": True}


def config_of(*actions: dict[str, Any], **blocks: Any) -> AttributesConfig:
    return AttributesConfig.model_validate({"actions": list(actions), **blocks})


@pytest.fixture
def make(make_context: Any, sink: Any) -> Any:
    def build(signal: Signal, *actions: dict[str, Any], **blocks: Any) -> Any:
        return create(config_of(*actions, **blocks), make_context(ComponentKind.PROCESSOR, "attributes", signal, sink))

    return build


def span_request(*spans: dict[str, Any], service: Any = "shop") -> Any:
    request = REQUESTS[Signal.TRACES]()
    resource = request.resource_spans.add()
    if service is not None:
        resource.resource.attributes.add(key="service.name").value.string_value = service
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = "library", "1.2"
    for fields in spans:
        span = scope.spans.add(name=fields.pop("name", "GET"), kind=fields.pop("kind", 2))
        for key, value in fields.items():
            target = span.attributes.add(key=key).value
            setattr(
                target, {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}[type(value)], value
            )
    return request


def record_request(*records: dict[str, Any]) -> Any:
    request = REQUESTS[Signal.LOGS]()
    scope = request.resource_logs.add().scope_logs.add()
    for fields in records:
        record = scope.log_records.add(
            severity_number=fields.get("severity_number", 0), severity_text=fields.get("severity_text", "")
        )
        if "body" in fields:
            setattr(record.body, "string_value" if isinstance(fields["body"], str) else "int_value", fields["body"])
    return request


def attributes(message: Any) -> dict[str, Any]:
    return {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in message.attributes}


async def run(processor: Any, sink: Any, signal: Signal, request: Any, client: ClientInfo = NO_CLIENT) -> list[dict[str, Any]]:
    """Attributes of the spans or records as they come out."""
    await processor.consume(Telemetry(signal, request.SerializeToString(), 1, client))
    passed = parse(signal, sink.received[-1].data)
    if signal is Signal.TRACES:
        return [attributes(span) for span in passed.resource_spans[0].scope_spans[0].spans]
    return [attributes(record) for record in passed.resource_logs[0].scope_logs[0].log_records]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"action": "insert", "key": "new", "value": 1}, {"new": 1}),
        ({"action": "insert", "key": "user", "value": "x"}, {"user": "ada"}),
        ({"action": "UPDATE", "key": "user", "value": "x"}, {"user": "x"}),
        ({"action": "update", "key": "new", "value": "x"}, {"new": None}),
        ({"action": "upsert", "key": "user", "from_attribute": "id"}, {"user": 7}),
        ({"action": "upsert", "key": "user", "from_attribute": "absent"}, {"user": "ada"}),
        ({"action": "upsert", "key": "user", "from_attribute": "absent", "default_value": "nobody"}, {"user": "nobody"}),
        ({"action": "upsert", "key": "user", "from_attribute": "id", "default_value": "nobody"}, {"user": 7}),
        ({"action": "insert", "key": "who", "from_context": "metadata.absent", "default_value": "nobody"}, {"who": "nobody"}),
        ({"action": "delete", "key": "user", "pattern": "^i"}, {"user": None, "id": None}),
        ({"action": "delete", "pattern": "s"}, {"user": None, "id": 7}),
        ({"action": "hash", "key": "user"}, {}),
        ({"action": "extract", "key": "user", "pattern": "^(?P<first>.)(?P<rest>.*)$"}, {"first": "a", "rest": "da"}),
        ({"action": "convert", "key": "id", "converted_type": "string"}, {"id": "7"}),
        ({"action": "convert", "key": "user", "converted_type": "int"}, {"user": "ada"}),
    ],
)
async def test_an_action_does_what_it_says(make: Any, sink: Any, action: dict[str, Any], expected: dict[str, Any]) -> None:
    if action["action"] == "hash":
        import hashlib

        expected = {"user": hashlib.sha256(b"ada").hexdigest()}
    (after,) = await run(make(Signal.TRACES, action), sink, Signal.TRACES, span_request({"user": "ada", "id": 7}))
    assert {key: after.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("metadata.x-tenant", "a;b"),
        ("metadata.X-Tenant", "a;b"),
        ("x-tenant", "a;b"),
        ("auth.subject", "ada"),
        ("client.address", "10.0.0.9"),
        ("metadata.absent", None),
        ("auth.absent", None),
    ],
)
async def test_the_context_of_the_sender_becomes_an_attribute(make: Any, sink: Any, key: str, value: str | None) -> None:
    processor = make(Signal.TRACES, {"action": "upsert", "key": "got", "from_context": key})
    client = ClientInfo("10.0.0.9", {"x-tenant": ("a", "b")}, {"subject": "ada"})
    (after,) = await run(processor, sink, Signal.TRACES, span_request({}), client)
    assert after.get("got") == value


async def test_every_sender_gets_its_own_context(make: Any, sink: Any) -> None:
    processor = make(Signal.TRACES, {"action": "upsert", "key": "got", "from_context": "metadata.n"})
    for number in [*range(300), 0]:
        client = ClientInfo(metadata={"n": (str(number),)})
        assert await run(processor, sink, Signal.TRACES, span_request({}), client) == [{"got": str(number)}]


@pytest.mark.parametrize(
    ("properties", "touched"),
    [
        ({"match_type": "strict", "services": ["shop"]}, [True, True]),
        ({"match_type": "strict", "services": ["other"]}, [False, False]),
        ({"match_type": "regexp", "services": ["^sh"]}, [True, True]),
        ({"match_type": "strict", "span_names": ["POST", "GET"]}, [True, False]),
        ({"match_type": "regexp", "span_names": ["^D.*E$"]}, [False, True]),
        ({"match_type": "strict", "span_kinds": ["SPAN_KIND_CLIENT"]}, [False, True]),
        ({"match_type": "regexp", "span_kinds": ["SERVER|PRODUCER"]}, [True, False]),
        ({"match_type": "strict", "attributes": [{"key": "n"}]}, [True, True]),
        ({"match_type": "strict", "attributes": [{"key": "n", "value": 1}]}, [True, False]),
        ({"match_type": "strict", "attributes": [{"key": "n", "value": "1"}]}, [False, False]),
        ({"match_type": "regexp", "attributes": [{"key": "n", "value": "^1(\\.5)?$"}]}, [True, True]),
        ({"match_type": "strict", "resources": [{"key": "service.name", "value": "shop"}]}, [True, True]),
        ({"match_type": "strict", "libraries": [{"name": "library"}]}, [True, True]),
        ({"match_type": "strict", "libraries": [{"name": "library", "version": ""}]}, [False, False]),
        ({"match_type": "regexp", "libraries": [{"name": "lib", "version": "^1"}]}, [True, True]),
        ({"match_type": "strict", "span_names": ["GET"], "attributes": [{"key": "n", "value": 2}]}, [False, False]),
    ],
)
async def test_include_and_exclude_choose_spans(make: Any, sink: Any, properties: dict[str, Any], touched: list[bool]) -> None:
    spans = span_request({"name": "GET", "n": 1}, {"name": "DELETE", "kind": 3, "n": 1.5})
    for block in ("include", "exclude"):
        processor = make(Signal.TRACES, TOUCH, **{block: properties})
        after = await run(processor, sink, Signal.TRACES, spans)
        assert ["touched" in span for span in after] == (touched if block == "include" else [not one for one in touched])


async def test_exclude_takes_from_what_include_chose(make: Any, sink: Any) -> None:
    processor = make(
        Signal.TRACES,
        TOUCH,
        include={"match_type": "regexp", "span_names": ["^[AB]$"]},
        exclude={"match_type": "strict", "span_names": ["B"]},
    )
    after = await run(processor, sink, Signal.TRACES, span_request({"name": "A"}, {"name": "B"}, {"name": "C"}))
    assert ["touched" in span for span in after] == [True, False, False]


async def test_a_span_stays_chosen_although_an_action_removes_what_chose_it(make: Any, sink: Any) -> None:
    include = {"match_type": "strict", "attributes": [{"key": "n"}]}
    processor = make(Signal.TRACES, {"action": "delete", "key": "n"}, TOUCH, include=include)
    assert await run(processor, sink, Signal.TRACES, span_request({"n": 1})) == [{"touched": True}]


@pytest.mark.parametrize(("service", "touched"), [("nil", True), (None, True), ("shop", False)])
async def test_a_resource_without_a_service_is_called_nil_as_in_go(make: Any, sink: Any, service: Any, touched: bool) -> None:
    processor = make(Signal.TRACES, TOUCH, include={"match_type": "regexp", "services": ["nil"]})
    (after,) = await run(processor, sink, Signal.TRACES, span_request({}, service=service))
    assert ("touched" in after) is touched


@pytest.mark.parametrize(
    ("properties", "touched"),
    [
        ({"match_type": "strict", "log_bodies": ["hello"]}, [True, False, False]),
        ({"match_type": "regexp", "log_bodies": ["^(hello|5)$"]}, [True, True, False]),
        ({"match_type": "regexp", "log_bodies": ["^$"]}, [False, False, True]),
        ({"match_type": "strict", "log_severity_texts": ["WARN"]}, [False, True, False]),
        ({"match_type": "strict", "log_severity_number": {"min": 9}}, [True, True, False]),
        ({"match_type": "strict", "log_severity_number": {"min": 10, "match_undefined": True}}, [False, True, True]),
    ],
)
async def test_log_records_are_chosen_by_body_and_severity(
    make: Any, sink: Any, properties: dict[str, Any], touched: list[bool]
) -> None:
    records = record_request(
        {"body": "hello", "severity_number": 9}, {"body": 5, "severity_number": 13, "severity_text": "WARN"}, {}
    )
    after = await run(make(Signal.LOGS, TOUCH, include=properties), sink, Signal.LOGS, records)
    assert ["touched" in record for record in after] == touched


async def test_data_points_are_chosen_by_the_name_of_their_metric(make: Any, sink: Any) -> None:
    request = REQUESTS[Signal.METRICS]()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    for name in ("system.a", "other"):
        metrics.add(name=name).sum.data_points.add(as_int=1)
    processor = make(Signal.METRICS, TOUCH, include={"match_type": "regexp", "metric_names": ["^system"]})
    await processor.consume(Telemetry(Signal.METRICS, request.SerializeToString(), 2))
    passed = parse(Signal.METRICS, sink.received[0].data).resource_metrics[0].scope_metrics[0].metrics
    assert [attributes(metric.sum.data_points[0]) for metric in passed] == [{"touched": True}, {}]


async def test_a_request_that_nothing_changes_passes_as_the_same_object(make: Any, sink: Any, telemetry_of: Any) -> None:
    telemetry = telemetry_of(Signal.TRACES, 3)
    await make(Signal.TRACES, {"action": "delete", "key": "absent"}).consume(telemetry)
    assert sink.received == [telemetry]
    assert sink.received[0] is telemetry


async def test_what_comes_next_may_say_to_wait(make_context: Any, make_sink: Any, telemetry_of: Any) -> None:
    class Busy(make_sink):  # type: ignore[misc]
        def consume_now(self, telemetry: Telemetry) -> bool:
            return False

    busy = Busy()
    processor: Any = create(config_of(TOUCH), make_context(ComponentKind.PROCESSOR, "attributes", Signal.LOGS, busy))
    first, second = telemetry_of(Signal.LOGS, 1), telemetry_of(Signal.LOGS, 2)
    assert not processor.consume_now(first)
    await processor.consume(second)
    await processor.consume(first)
    assert busy.sizes == [2, 1]
    assert all(b"touched" in telemetry.data for telemetry in busy.received)


async def test_a_request_that_cannot_be_read_is_refused_for_good(make: Any) -> None:
    with pytest.raises(PermanentError, match='processor "attributes" cannot read the request'):
        await make(Signal.TRACES, TOUCH).consume(Telemetry(Signal.TRACES, b"\x0a\xff", 1))


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"action": "destroy", "key": "a"}, "insert"),
        ({"action": "insert", "key": "a"}, 'needs "value", "from_attribute"'),
        ({"action": "insert", "value": 1}, 'needs "key"'),
        ({"action": "insert", "key": "a", "value": 1, "from_attribute": "b"}, "takes one of"),
        ({"action": "insert", "key": "a", "value": 1, "pattern": "b"}, 'does not use "pattern"'),
        ({"action": "delete"}, 'needs "key" or "pattern"'),
        ({"action": "hash", "key": "a", "value": 1}, 'does not use "value"'),
        ({"action": "extract", "key": "a", "pattern": "b"}, "has no named group"),
        ({"action": "extract", "key": "a", "pattern": "(?P<x>a)(b)"}, "a group without a name"),
        ({"action": "convert", "key": "a"}, 'needs "converted_type"'),
        ({"action": "convert", "key": "a", "converted_type": "bool"}, "converted_type"),
        ({"action": "insert", "key": "a", "value": 1, "unknown": 2}, "unknown"),
    ],
)
def test_an_action_that_makes_no_sense_is_refused(action: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(action)


@pytest.mark.parametrize("pattern", [r"(?P<x>a\(b)", r"(?P<x>[(])", r"(?:a)(?P<x>b)", r"\Q(\E(?<x>b)", r"(?P<x>[[:alpha:](])"])
def test_what_only_looks_like_a_group_needs_no_name(pattern: str) -> None:
    assert config_of({"action": "extract", "key": "a", "pattern": pattern}).actions


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"match_type": "glob", "services": ["a"]}, "match_type"),
        ({"services": ["a"]}, "match_type"),
        ({"match_type": "strict"}, "at least one property"),
        ({"match_type": "strict", "services": ["a"], "metric_names": ["b"]}, "do not go together"),
        ({"match_type": "strict", "span_kinds": ["server"]}, "none of SPAN_KIND_INTERNAL"),
        ({"match_type": "regexp", "attributes": [{"key": "a", "value": 1}]}, "write it as text"),
        ({"match_type": "strict", "attributes": [{"key": ""}]}, "key"),
    ],
)
def test_properties_that_make_no_sense_are_refused(properties: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(TOUCH, include=properties)


def test_a_property_of_another_signal_is_refused_for_the_pipeline(make: Any) -> None:
    with pytest.raises(ValueError, match="span_names cannot be matched in logs"):
        make(Signal.LOGS, TOUCH, include={"match_type": "strict", "span_names": ["a"]})


def test_a_pattern_that_is_none_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="pattern"):
        make(Signal.TRACES, {"action": "delete", "pattern": "["})


def test_the_older_hash_is_there_behind_its_gate(make: Any, monkeypatch: pytest.MonkeyPatch, sink: Any) -> None:
    from otel_agent.config.featuregates import HASH_SHA256, FeatureGates

    gates = FeatureGates()
    gates.apply([f"-{HASH_SHA256}"])
    monkeypatch.setattr("otel_agent.pipeline.attribute_programs.process_gates", lambda: gates)
    processor = make(Signal.TRACES, {"action": "hash", "key": "user"})
    data = processor._edited(Telemetry(Signal.TRACES, span_request({"user": "abc"}).SerializeToString(), 1)).data
    assert b"a9993e364706816aba3e25717850c26c9cd0d89d" in data
