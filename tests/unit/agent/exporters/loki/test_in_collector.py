"""The exporter in a running collector, between an OTLP receiver and Loki's push API."""

import socket
from typing import Any

import aiohttp

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pipeline.collector import Collector
from tests.standins.loki import Loki


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_records_of_an_application_become_entries(loki: Loki, self_metrics: Any, telemetry_of: Any) -> None:
    from otel_agent.pdata.telemetry import Signal

    port = free_port()
    raw = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "processors": {"batch": {"timeout": "10ms"}},
        "exporters": {"loki": {"endpoint": loki.url}},
        "service": {"pipelines": {"logs": {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["loki"]}}},
    }
    collector = Collector(installed_registry(), self_metrics, 10.0)
    await collector.start(decode(raw, installed_registry()))
    try:
        async with aiohttp.ClientSession() as session:
            for first in (0, 5):
                data = telemetry_of(Signal.LOGS, items=5, first=first).data
                url, headers = f"http://127.0.0.1:{port}/v1/logs", {"Content-Type": "application/x-protobuf"}
                async with session.post(url, data=data, headers=headers) as response:
                    assert response.status == 200
    finally:
        await collector.stop()
    assert loki.refused == []
    assert {tuple(entry.labels.items()) for entry in loki.taken} == {(("exporter", "OTLP"), ("job", "shop"))}
    assert sorted(entry.line[:16] for entry in loki.taken) == [f'{{"body":"item-{number}"'[:16] for number in range(10)]
