import logging
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.debug import detailed, normal
from otel_agent.exporters.debug.config import DebugConfig
from otel_agent.exporters.debug.factory import create
from otel_agent.exporters.debug.values import timestamp, typed
from otel_agent.exporters.nop.config import NopConfig
from otel_agent.exporters.nop.factory import create as create_nop
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, StartError

START = 1_581_452_772_000_000_321


@pytest.fixture
def traces() -> Any:
    request = REQUESTS[Signal.TRACES]()
    resource = request.resource_spans.add(schema_url="https://r")
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = "lib", "1.2"
    span = scope.spans.add(
        trace_id=bytes(range(16)),
        span_id=bytes(range(8)),
        name="GET /",
        kind=2,
        start_time_unix_nano=START,
        end_time_unix_nano=START + 1,
    )
    span.status.code, span.status.message = 2, "no"
    span.attributes.add(key="n").value.int_value = 3
    event = span.events.add(name="ev", time_unix_nano=START)
    event.attributes.add(key="b").value.bool_value = True
    span.links.add(trace_id=bytes(16), span_id=bytes(8))
    return request


def test_detailed_spans(traces: Any) -> None:
    assert list(detailed.lines(Signal.TRACES, traces)) == [
        "ResourceSpans #0",
        "Resource SchemaURL: https://r",
        "Resource attributes:",
        "     -> service.name: Str(shop)",
        "ScopeSpans #0",
        "ScopeSpans SchemaURL: ",
        "InstrumentationScope lib 1.2",
        "Span #0",
        "    Trace ID       : 000102030405060708090a0b0c0d0e0f",
        "    Parent ID      : ",
        "    ID             : 0001020304050607",
        "    Name           : GET /",
        "    Kind           : Server",
        "    Start time     : 2020-02-11 20:26:12.000000321 +0000 UTC",
        "    End time       : 2020-02-11 20:26:12.000000322 +0000 UTC",
        "    Status code    : Error",
        "    Status message : no",
        "Attributes:",
        "     -> n: Int(3)",
        "Events:",
        "SpanEvent #0",
        "     -> Name: ev",
        "     -> Timestamp: 2020-02-11 20:26:12.000000321 +0000 UTC",
        "     -> DroppedAttributesCount: 0",
        "     -> Attributes::",
        "          -> b: Bool(true)",
        "Links:",
        "SpanLink #0",
        "     -> Trace ID: 00000000000000000000000000000000",
        "     -> ID: 0000000000000000",
        "     -> TraceState: ",
        "     -> DroppedAttributesCount: 0",
    ]


def test_normal_spans(traces: Any) -> None:
    assert list(normal.lines(Signal.TRACES, traces)) == [
        "ResourceTraces #0 [https://r] service.name=shop",
        "ScopeTraces #0 lib@1.2",
        "GET / 000102030405060708090a0b0c0d0e0f 0001020304050607 n=3",
    ]


@pytest.fixture
def metrics() -> Any:
    request = REQUESTS[Signal.METRICS]()
    scope = request.resource_metrics.add().scope_metrics.add()
    total = scope.metrics.add(name="total", description="d", unit="1")
    total.sum.is_monotonic, total.sum.aggregation_temporality = True, 2
    point = total.sum.data_points.add(as_int=7, time_unix_nano=START)
    point.attributes.add(key="a").value.string_value = "b"
    point.exemplars.add(as_double=1.5, trace_id=bytes(16), span_id=bytes(8))
    scope.metrics.add(name="level").gauge.data_points.add(as_double=0.5)
    histogram = scope.metrics.add(name="h").histogram.data_points.add(count=3, sum=4.5)
    histogram.explicit_bounds.append(1.0)
    histogram.bucket_counts.extend([1, 2])
    wide = scope.metrics.add(name="e").exponential_histogram.data_points.add(count=3, zero_count=1)
    wide.positive.bucket_counts.append(2)
    wide.negative.bucket_counts.append(4)
    summary = scope.metrics.add(name="s").summary.data_points.add(count=2, sum=3.0)
    summary.quantile_values.add(quantile=0.5, value=1.25)
    scope.metrics.add(name="empty")
    return request


def test_detailed_metrics(metrics: Any) -> None:
    text = "\n".join(detailed.lines(Signal.METRICS, metrics))
    for part in (
        "Metric #0\nDescriptor:\n     -> Name: total\n     -> Description: d\n     -> Unit: 1\n     -> DataType: Sum\n"
        "     -> IsMonotonic: true\n     -> AggregationTemporality: Cumulative\nNumberDataPoints #0\nData point attributes:\n"
        "     -> a: Str(b)\nStartTimestamp: 1970-01-01 00:00:00 +0000 UTC\n"
        "Timestamp: 2020-02-11 20:26:12.000000321 +0000 UTC\nValue: 7\nExemplars:\nExemplar #0\n",
        "     -> Value: 1.500000",
        "DataType: Gauge\nNumberDataPoints #0\n",
        "Value: 0.500000",
        "HistogramDataPoints #0\n",
        "Count: 3\nSum: 4.500000\nExplicitBounds #0: 1.000000\nBuckets #0, Count: 1\nBuckets #1, Count: 2\n",
        "Bucket [-2.000000, -1.000000), Count: 4\nBucket [0, 0], Count: 1\nBucket (1.000000, 2.000000], Count: 2\n",
        "SummaryDataPoints #0\n",
        "QuantileValue #0: Quantile 0.500000, Value 1.250000\n",
        "DataType: Empty",
    ):
        assert part in text


def test_normal_metrics(metrics: Any) -> None:
    assert list(normal.lines(Signal.METRICS, metrics)) == [
        "ResourceMetrics #0",
        "ScopeMetrics #0",
        "total{a=b} 7",
        "level{} 0.5",
        "h{} count=3 sum=4.5 le1=1",
        "e{} count=3",
        "s{} count=2 sum=3 q0.5=1.25",
    ]


def test_logs_in_both_forms() -> None:
    request = REQUESTS[Signal.LOGS]()
    record = request.resource_logs.add().scope_logs.add().log_records.add(severity_number=10, severity_text="info", flags=1)
    record.body.string_value = "hello"
    record.attributes.add(key="k").value.double_value = 2.0
    assert list(normal.lines(Signal.LOGS, request))[2:] == ["hello k=2"]
    assert list(detailed.lines(Signal.LOGS, request))[5:] == [
        "LogRecord #0",
        "ObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC",
        "Timestamp: 1970-01-01 00:00:00 +0000 UTC",
        "SeverityText: info",
        "SeverityNumber: Info2(10)",
        "Body: Str(hello)",
        "Attributes:",
        "     -> k: Double(2)",
        "Trace ID: ",
        "Span ID: ",
        "Flags: 1",
    ]


def test_compound_values_are_json() -> None:
    value = REQUESTS[Signal.LOGS]().resource_logs.add().scope_logs.add().log_records.add().body
    assert typed(value) == "Empty()"
    item = value.kvlist_value.values.add(key="a").value
    item.array_value.values.add().bytes_value = b"\xff"
    assert typed(value) == 'Map({"a":["/w=="]})'
    value.kvlist_value.values.add(key="A").value.double_value = 1.5e-9
    assert typed(value) == 'Map({"A":1.5e-9,"a":["/w=="]})'


def test_a_time_beyond_the_calendar_is_shown_as_number() -> None:
    assert timestamp(2**64 - 1) == "2554-07-21 23:34:33.709551615 +0000 UTC"


@pytest.mark.parametrize(
    ("signal", "counts"),
    [
        (Signal.TRACES, {"resource spans": 1, "spans": 3}),
        (Signal.METRICS, {"resource metrics": 1, "metrics": 3, "data points": 3}),
        (Signal.LOGS, {"resource logs": 1, "log records": 3}),
    ],
)
async def test_basic_is_one_line_of_counts(
    signal: Signal, counts: dict[str, int], make_context: Any, telemetry_of: Any, caplog: pytest.LogCaptureFixture, scrape: Any
) -> None:
    exporter = create(DebugConfig(), make_context(ComponentKind.EXPORTER, "debug", signal))
    with caplog.at_level(logging.INFO):
        await exporter.consume(telemetry_of(signal, items=3))
    (record,) = caplog.records
    assert record.message == str(signal).capitalize()
    assert {key: record.__dict__[key] for key in counts} == counts
    assert 3 in [value for name, value in scrape().items() if name.startswith("otelcol_exporter_sent_")]


async def test_sampling_writes_the_first_and_then_every_nth(
    make_context: Any, telemetry_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = DebugConfig(sampling_initial=1, sampling_thereafter=0)
    exporter = create(config, make_context(ComponentKind.EXPORTER, "debug"))
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            await exporter.consume(telemetry_of())
    assert len(caplog.records) == 1


async def test_output_paths_are_used_without_the_internal_logger(
    make_context: Any, telemetry_of: Any, host: Any, tmp_path: Path
) -> None:
    config = DebugConfig.model_validate(
        {"use_internal_logger": False, "output_paths": [str(tmp_path / "out")], "verbosity": "detailed"}
    )
    exporter = create(config, make_context(ComponentKind.EXPORTER, "debug"))
    await exporter.start(host)
    await exporter.consume(telemetry_of())
    await exporter.shutdown()
    text = (tmp_path / "out").read_text()
    assert '\tTraces\t{"resource spans":1,"spans":1}' in text
    assert "    Name           : item-0\n" in text


async def test_what_cannot_be_decoded_is_refused_for_good(make_context: Any, scrape: Any) -> None:
    exporter = create(DebugConfig(), make_context(ComponentKind.EXPORTER, "debug"))
    with pytest.raises(PermanentError, match="malformed traces request"):
        await exporter.consume(Telemetry(Signal.TRACES, b"\x0a\x05\x01", 1))
    assert scrape()['otelcol_exporter_send_failed_spans{exporter="debug"}'] == 1


async def test_a_sending_queue_is_drained_at_shutdown(
    make_context: Any, telemetry_of: Any, host: Any, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = create(DebugConfig.model_validate({"sending_queue": None}), make_context(ComponentKind.EXPORTER, "debug"))
    await exporter.start(host)
    with caplog.at_level(logging.INFO):
        await exporter.consume(telemetry_of())
        assert caplog.records == []
        await exporter.shutdown()
    assert [record.message for record in caplog.records] == ["Traces"]


async def test_an_output_that_cannot_be_opened_fails_the_start(make_context: Any, host: Any) -> None:
    config = DebugConfig(use_internal_logger=False, output_paths=["/nowhere/out"])
    with pytest.raises(StartError, match=r"output_paths: .*nowhere"):
        await create(config, make_context(ComponentKind.EXPORTER, "debug")).start(host)


async def test_nop_takes_everything(make_context: Any, telemetry_of: Any, host: Any) -> None:
    exporter = create_nop(NopConfig(), make_context(ComponentKind.EXPORTER, "nop"))
    await exporter.start(host)
    await exporter.consume(telemetry_of())
    await exporter.shutdown()
