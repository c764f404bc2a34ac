from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.log_correlation.config import LogCorrelationConfig
from otel_agent.processors.log_correlation.factory import create

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
RECORDS = 'otelcol_processor_log_correlation_records{processor="log_correlation"}'
INVALID = 'otelcol_processor_log_correlation_invalid_ids{processor="log_correlation"}'


def request(
    attributes: dict[str, Any], body: dict[str, str] | None = None, trace_id: bytes = b"", span_id: bytes = b""
) -> Telemetry:
    message = ExportLogsServiceRequest()
    record = message.resource_logs.add().scope_logs.add().log_records.add(trace_id=trace_id, span_id=span_id)
    for key, value in attributes.items():
        target = record.attributes.add(key=key).value
        if isinstance(value, int):
            target.int_value = value
        else:
            target.string_value = value
    for key, text in (body or {}).items():
        record.body.kvlist_value.values.add(key=key).value.string_value = text
    return Telemetry(Signal.LOGS, message.SerializeToString(), 1)


@pytest.fixture
def correlate(make_context: Any, sink: Any) -> Callable[..., Any]:
    async def run(telemetry: Telemetry, **config: Any) -> Any:
        context = make_context(ComponentKind.PROCESSOR, "log_correlation", Signal.LOGS, sink)
        processor = create(LogCorrelationConfig.model_validate(config), context)
        if not processor.consume_now(telemetry):  # type: ignore[attr-defined]
            await processor.consume(telemetry)
        return parse(Signal.LOGS, sink.received[-1].data).resource_logs[0].scope_logs[0].log_records[0]

    return run


@pytest.mark.parametrize(
    ("attributes", "body"),
    [
        ({"trace_id": TRACE, "span_id": SPAN}, None),
        ({"traceId": TRACE.upper(), "spanId": SPAN}, None),
        ({"trace.id": TRACE, "span.id": SPAN}, None),
        ({}, {"trace_id": TRACE, "span_id": SPAN}),
        ({"trace_id": TRACE}, {"trace_id": "f" * 32, "span_id": SPAN}),
        ({"trace_id": "nonsense", "traceId": TRACE, "span_id": SPAN}, None),
    ],
)
async def test_ids_become_the_records_own(correlate: Any, scrape: Any, attributes: dict[str, Any], body: Any) -> None:
    record = await correlate(request(attributes, body))
    assert (record.trace_id.hex(), record.span_id.hex()) == (TRACE, SPAN)
    assert {item.key for item in record.attributes} == attributes.keys()
    assert scrape()[RECORDS] == 1


async def test_flags_come_along(correlate: Any) -> None:
    assert (await correlate(request({"trace_id": TRACE, "trace_flags": "01"}))).flags == 1
    assert (await correlate(request({"trace_id": TRACE, "trace_flags": 1}))).flags == 1
    assert (await correlate(request({"trace_id": TRACE, "trace_flags": "xx"}))).flags == 0


@pytest.mark.parametrize("value", ["g" * 32, TRACE[:-1], "0" * 32, TRACE + "00", "1234567890123456789", f" {TRACE[:-2]} "])
async def test_what_is_no_id_is_counted_and_left(correlate: Any, scrape: Any, value: str) -> None:
    telemetry = request({"trace_id": value, "span_id": SPAN})
    record = await correlate(telemetry)
    assert (record.trace_id, record.span_id, record.attributes[0].value.string_value) == (b"", b"", value)
    assert (scrape()[RECORDS], scrape()[INVALID]) == (0, 1)


async def test_ids_that_a_record_has_stay(correlate: Any) -> None:
    own = bytes(15) + b"\1", bytes(7) + b"\2"
    record = await correlate(request({"trace_id": TRACE, "span_id": SPAN}, trace_id=own[0], span_id=own[1]))
    assert (record.trace_id, record.span_id) == own
    record = await correlate(request({"trace_id": TRACE, "span_id": SPAN}, trace_id=own[0]))
    assert (record.trace_id, record.span_id.hex()) == (own[0], SPAN)


async def test_requests_without_the_names_pass_as_they_are(correlate: Any, sink: Any) -> None:
    telemetry = request({"other": TRACE})
    await correlate(telemetry)
    assert sink.received == [telemetry]


async def test_names_and_sources_can_be_chosen(correlate: Any) -> None:
    config = {"trace_id_keys": ["dd"], "sources": ["body"]}
    assert (await correlate(request({"dd": TRACE}), **config)).trace_id == b""
    assert (await correlate(request({}, {"dd": TRACE}), **config)).trace_id.hex() == TRACE


async def test_a_malformed_request_is_refused(correlate: Any) -> None:
    with pytest.raises(PermanentError):
        await correlate(Telemetry(Signal.LOGS, b"\n\xfftrace_id", 1))
