"""The span_metrics connector at its interval, and in a running collector."""

import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.connectors.span_metrics.config import SpanMetricsConfig
from otel_agent.connectors.span_metrics.factory import create
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.collector import Collector
from otel_agent.pipeline.errors import PermanentError, RetryableError


def connector_of(make_context: Any, sink: Any, **raw: Any) -> Any:
    context = make_context(ComponentKind.CONNECTOR, "span_metrics", Signal.TRACES)
    context.consumers[Signal.METRICS] = sink
    return create(SpanMetricsConfig.model_validate(raw), context)


async def test_metrics_are_handed_on_at_the_interval_and_the_rest_at_the_end(
    make_context: Any, sink: Any, host: Any, telemetry_of: Any
) -> None:
    connector = connector_of(make_context, sink, metrics_flush_interval="20ms")
    await connector.start(host)
    assert connector.consume_now(telemetry_of(items=2))
    await sink.reached(4)
    await connector.consume(telemetry_of(first=5))
    before = len(sink.received)
    await connector.shutdown()
    await connector.shutdown()
    assert len(sink.received) > before
    last = sink.received[-1]
    assert (last.signal, last.items) == (Signal.METRICS, 6)  # calls and durations of three operations


async def test_metrics_that_are_not_taken_are_logged_and_the_spans_were(
    make_context: Any, sink: Any, host: Any, telemetry_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sink.error = RetryableError("queue is full")
    connector = connector_of(make_context, sink)
    await connector.start(host)
    await connector.consume(telemetry_of())
    with caplog.at_level(logging.ERROR):
        await connector.shutdown()
    assert [record.error for record in caplog.records] == ["queue is full"]  # type: ignore[attr-defined]


async def test_a_malformed_request_is_refused_for_good(make_context: Any, sink: Any) -> None:
    with pytest.raises(PermanentError, match="malformed traces request"):
        await connector_of(make_context, sink).consume(Telemetry(Signal.TRACES, b"\x0a\xff", 1))


async def test_a_running_collector_makes_metrics_of_the_spans_that_it_passes_on(
    self_metrics: Any, telemetry_of: Any, tmp_path: Path
) -> None:
    registry = installed_registry()
    document = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": "127.0.0.1:0"}}}},
        "connectors": {"spanmetrics": {"exemplars": {"enabled": True}}},
        "exporters": {f"file/{name}": {"path": str(tmp_path / name), "format": "proto"} for name in ("spans", "metrics")},
        "service": {
            "pipelines": {
                "traces": {"receivers": ["otlp"], "exporters": ["spanmetrics", "file/spans"]},
                "metrics": {"receivers": ["spanmetrics"], "exporters": ["file/metrics"]},
            }
        },
    }
    collector = Collector(registry, self_metrics, 10.0)
    await collector.start(decode(document, registry))
    try:
        port = collector.graph.receivers[0].component.servers["http"].port  # type: ignore[attr-defined]
        headers = {"Content-Type": "application/x-protobuf"}
        url = f"http://127.0.0.1:{port}/v1/traces"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=telemetry_of(items=3).data, headers=headers) as response,
        ):
            assert response.status == 200
    finally:
        await collector.stop()
    assert (tmp_path / "spans").stat().st_size > 0
    request = parse(Signal.METRICS, (tmp_path / "metrics").read_bytes()[4:])
    calls, durations = request.resource_metrics[0].scope_metrics[0].metrics
    assert len(calls.sum.data_points) == len(durations.histogram.data_points) == 3
    assert calls.sum.data_points[0].exemplars[0].trace_id == bytes(15) + b"\1"
