"""The python processor in a running collector."""

from pathlib import Path
from typing import Any

import aiohttp

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.collector import Collector


async def test_what_the_code_leaves_of_a_request_is_exported(
    self_metrics: Any, scrape: Any, request_of: Any, tmp_path: Path
) -> None:
    code = "def process(batch):\n    for record in batch.records:\n        record.drop() if record.body == 'item-0' else None"
    registry = installed_registry()
    document = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": "127.0.0.1:0"}}}},
        "processors": {"python": {"code": code}},
        "exporters": {"file": {"path": str(tmp_path / "out")}},
        "service": {"pipelines": {"logs": {"receivers": ["otlp"], "processors": ["python"], "exporters": ["file"]}}},
    }
    collector = Collector(registry, self_metrics, 10.0)
    await collector.start(decode(document, registry))
    try:
        port = collector.graph.receivers[0].component.servers["http"].port  # type: ignore[attr-defined]
        data = request_of(Signal.LOGS, 3).SerializeToString()
        headers = {"Content-Type": "application/x-protobuf"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{port}/v1/logs", data=data, headers=headers) as response,
        ):
            assert response.status == 200
    finally:
        await collector.stop()
    text = (tmp_path / "out").read_text()
    assert "item-0" not in text
    assert "item-1" in text
    series = scrape()
    labels = '{otel_signal="logs",processor="python"}'
    incoming, outgoing = (series[f"otelcol_processor_{way}_items{labels}"] for way in ("incoming", "outgoing"))
    assert (incoming, outgoing) == (3, 2)
