"""Own metrics and logs arrive at an OTLP receiver, whatever protocol they go by."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.config.telemetry import TelemetryConfig
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import NO_CLIENT, Signal
from otel_agent.pipeline.errors import RetryableError, StartError
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.tracing import Span, TracedConsumer
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver
from otel_agent.reporting.metrics_request import metrics_request
from otel_agent.reporting.reporting import Reporting
from otel_agent.reporting.span_forwarding import traces_request
from otel_agent.telemetry.settings import ignored_settings, pushes_anything

RESOURCE = {"service.name": "otelcol"}
DROPPED = "otelcol_log_records_dropped"


@pytest.fixture
async def endpoints(make_context: Any, host: Any, sink: Any) -> AsyncIterator[dict[str, str]]:
    protocols = {protocol: {"endpoint": "127.0.0.1:0"} for protocol in ("grpc", "http")}
    context = make_context(ComponentKind.RECEIVER, "otlp", None)
    context.consumers.update(dict.fromkeys(Signal, sink))
    receiver = create_receiver(OtlpReceiverConfig.model_validate({"protocols": protocols}), context)
    await receiver.start(host)
    yield {
        "grpc": f"http://127.0.0.1:{receiver.servers['grpc'].port}",
        "http/protobuf": f"http://127.0.0.1:{receiver.servers['http'].port}",
    }
    await receiver.shutdown()


def otlp(protocol: str, endpoint: str, **keys: Any) -> dict[str, Any]:
    return {"otlp": {"protocol": protocol, "endpoint": endpoint, "insecure": True, **keys}}


def periodic(exporter: dict[str, Any], interval: int = 60_000) -> TelemetryConfig:
    return TelemetryConfig.model_validate(
        {"metrics": {"readers": [{"periodic": {"interval": interval, "timeout": 2000, "exporter": exporter}}]}}
    )


async def arrived(sink: Any, signal: Signal) -> Any:
    async with asyncio.timeout(5):
        while not any(telemetry.signal is signal for telemetry in sink.received):  # noqa: ASYNC110 -- the sink has no event
            await asyncio.sleep(0.01)
    return [parse(signal, telemetry.data) for telemetry in sink.received if telemetry.signal is signal]


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
@pytest.mark.parametrize("compression", ["none", "gzip"])
async def test_metrics_are_pushed_at_the_interval(
    protocol: str, compression: str, endpoints: dict[str, str], sink: Any, self_metrics: Any
) -> None:
    self_metrics.counter("receiver_accepted_spans", "Taken.", {"receiver": "otlp"}, unit="{spans}").add(7)
    telemetry = periodic(otlp(protocol, endpoints[protocol], compression=compression), interval=50)
    reporting = Reporting(telemetry, self_metrics, RESOURCE)
    await reporting.start()
    (request, *_) = await arrived(sink, Signal.METRICS)
    await reporting.stop()
    (block,) = request.resource_metrics
    values = {
        metric.name: sum(point.as_int for point in metric.sum.data_points)
        for scope in block.scope_metrics
        for metric in scope.metrics
        if metric.name == "otelcol_receiver_accepted_spans"
    }
    assert values == {"otelcol_receiver_accepted_spans": 7}
    assert block.resource.attributes[0].value.string_value == "otelcol"


async def test_the_last_values_are_pushed_at_the_end(endpoints: dict[str, str], sink: Any, self_metrics: Any) -> None:
    reporting = Reporting(periodic(otlp("grpc", endpoints["grpc"])), self_metrics, RESOURCE)
    await reporting.start()
    self_metrics.counter("receiver_accepted_spans", "Taken.", {"receiver": "otlp"}).add(1)
    await reporting.stop()
    await reporting.stop()
    assert len(sink.received) == 1


async def test_a_destination_that_is_down_is_logged_and_does_no_harm(self_metrics: Any, caplog: pytest.LogCaptureFixture) -> None:
    reporting = Reporting(periodic(otlp("http/protobuf", "http://127.0.0.1:1"), interval=20), self_metrics, RESOURCE)
    await reporting.start()
    await asyncio.sleep(0.1)
    await reporting.stop()
    assert any("Own metrics could not be pushed" in record.message for record in caplog.records)


async def test_the_console_gets_a_line_of_json(self_metrics: Any, capfdbinary: Any) -> None:
    self_metrics.counter("receiver_accepted_spans", "Taken.", {}).add(3)
    reporting = Reporting(periodic({"console": {}}), self_metrics, RESOURCE)
    await reporting.start()
    await reporting.stop()
    assert b'"otelcol_receiver_accepted_spans"' in capfdbinary.readouterr().out


def test_histograms_keep_their_buckets(self_metrics: Any) -> None:
    histogram = self_metrics.histogram("processor_internal_duration", "Time.", {"processor": "p"}, (1.0, 2.0), unit="s")
    for value in (0.5, 1.5, 9.0):
        histogram.record(value)
    data, points = metrics_request(self_metrics.families(), RESOURCE, 1, 2)
    (point,) = parse(Signal.METRICS, data).resource_metrics[0].scope_metrics[0].metrics[0].histogram.data_points
    assert (points, point.count, point.sum, list(point.bucket_counts)) == (1, 3, 11.0, [1, 1, 1])
    assert (point.start_time_unix_nano, point.time_unix_nano) == (1, 2)


@pytest.mark.parametrize("kind", ["batch", "simple"])
async def test_logs_arrive_with_their_fields(kind: str, endpoints: dict[str, str], sink: Any, self_metrics: Any) -> None:
    processor = {kind: {"exporter": otlp("grpc", endpoints["grpc"])}}
    telemetry = TelemetryConfig.model_validate({"logs": {"processors": [processor]}})
    reporting = Reporting(telemetry, self_metrics, RESOURCE)
    await reporting.start()
    logging.getLogger("otelcol.test").warning("Disk %s", "full", extra={"free": 3})
    await reporting.stop()
    records = [
        record
        for request in await arrived(sink, Signal.LOGS)
        for scope in request.resource_logs[0].scope_logs
        for record in scope.log_records
        if record.body.string_value == "Disk full"
    ]
    (record,) = records
    assert (record.severity_number, record.severity_text) == (13, "warn")
    assert {attribute.key: attribute.value.int_value for attribute in record.attributes}["free"] == 3


async def test_log_records_beyond_the_queue_are_dropped_and_counted(
    self_metrics: Any, scrape: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    processor = {"batch": {"max_queue_size": 2, "exporter": otlp("grpc", "http://127.0.0.1:1")}}
    reporting = Reporting(TelemetryConfig.model_validate({"logs": {"processors": [processor]}}), self_metrics, RESOURCE)
    await reporting.start()
    for number in range(5):
        logging.getLogger("otelcol.test").error("line %d", number)
    assert scrape()[DROPPED] == 3
    await reporting.stop()
    assert scrape()[DROPPED] == 5


def test_bad_settings_name_their_place(self_metrics: Any) -> None:
    with pytest.raises(StartError, match=r'^service::telemetry::metrics::readers::0::periodic: endpoint "localhost" has no port'):
        Reporting(periodic(otlp("grpc", "localhost")), self_metrics, RESOURCE)


def test_what_has_no_effect_is_named_and_what_has_is_not() -> None:
    telemetry = TelemetryConfig.model_validate(
        {
            "metrics": {
                "readers": [
                    {"periodic": {"exporter": otlp("grpc", "a:4317", temporality_preference="delta")}},
                ]
            },
            "logs": {"processors": [{"simple": {"exporter": {"console": {}}}}]},
            "traces": {"propagators": ["b3"]},
        }
    )
    assert pushes_anything(telemetry)
    assert not pushes_anything(TelemetryConfig())
    assert list(ignored_settings(TelemetryConfig())) == []
    assert list(ignored_settings(telemetry)) == [
        "service::telemetry::metrics::readers::0::periodic::exporter::otlp::temporality_preference",
        "service::telemetry::traces::propagators",
    ]


async def test_spans_show_the_way_of_a_request_through_the_pipeline(
    endpoints: dict[str, str], sink: Any, self_metrics: Any, telemetry_of: Any
) -> None:
    processor = {"batch": {"exporter": otlp("grpc", endpoints["grpc"])}}
    telemetry = TelemetryConfig.model_validate({"traces": {"processors": [processor]}})
    reporting = Reporting(telemetry, self_metrics, RESOURCE)
    await reporting.start()
    raw = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}}},
        "processors": {"memory_limiter": {"limit_mib": 4000, "check_interval": "1s"}},
        "exporters": {"nop": None},
        "service": {"pipelines": {"logs": {"receivers": ["otlp"], "processors": ["memory_limiter"], "exporters": ["nop"]}}},
    }
    config = decode(raw, installed_registry())
    graph = build(config, installed_registry(), self_metrics, finish=reporting.finish)
    receiver: Any = graph.receivers[0].component
    await receiver.intakes["grpc"].handle(Signal.LOGS, telemetry_of(Signal.LOGS, items=2).data, NO_CLIENT)
    await reporting.stop()
    (request,) = await arrived(sink, Signal.TRACES)
    spans = {span.name: span for span in request.resource_spans[0].scope_spans[0].spans}
    names = ["receiver/otlp/LogsReceived", "processor/memory_limiter/logs", "exporter/nop/logs"]
    assert list(spans) == names[::-1]
    first, second, third = (spans[name] for name in names)
    assert (first.parent_span_id, second.parent_span_id, third.parent_span_id) == (b"", first.span_id, second.span_id)
    assert len({span.trace_id for span in spans.values()}) == 1
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano for span in spans.values())


async def test_without_processors_of_spans_none_are_made(self_metrics: Any) -> None:
    assert Reporting(TelemetryConfig(), self_metrics, RESOURCE).finish is None


async def test_a_refused_request_leaves_spans_with_the_error(telemetry_of: Any) -> None:
    class Full:
        async def consume(self, telemetry: Any) -> None:
            raise RetryableError("full")

    spans: list[Span] = []
    with pytest.raises(RetryableError):
        await TracedConsumer(Full(), "exporter/e/logs", spans.append).consume(telemetry_of(Signal.LOGS))
    assert [span.error for span in spans] == ["full"]
    added = parse(Signal.TRACES, traces_request(spans, RESOURCE)).resource_spans[0].scope_spans[0].spans[0]
    assert (added.status.code, added.status.message) == (2, "full")
