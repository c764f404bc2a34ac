"""filter and transform inside a running collector, from the configuration to what it writes."""

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pipeline.collector import Collector


@pytest.fixture
async def collector(self_metrics: Any) -> AsyncIterator[Collector]:
    made = Collector(installed_registry(), self_metrics, 10.0)
    yield made
    await made.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(port: int, path: Path) -> dict[str, Any]:
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "processors": {
            "filter/health": {"trace_conditions": ['IsMatch(span.name, "^GET /health")']},
            "transform": {
                "trace_statements": [
                    'set(span.attributes["route"], Concat(["x", span.name], ":"))',
                    'delete_key(span.attributes, "secret") where resource.attributes["service.name"] == "shop"',
                ]
            },
        },
        "exporters": {"file": {"path": str(path)}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "processors": ["filter/health", "transform"], "exporters": ["file"]}}
        },
    }


def request(*names: str) -> dict[str, Any]:
    secret = [{"key": "secret", "value": {"intValue": "1"}}]
    spans = [{"name": name, "traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "attributes": secret} for name in names]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}


async def test_spans_are_filtered_and_changed_on_their_way(collector: Collector, tmp_path: Path, scrape: Any) -> None:
    port = free_port()
    await collector.start(decode(configuration(port, tmp_path / "out"), installed_registry()))
    async with aiohttp.ClientSession() as session:
        for names in (("GET /health",), ("GET /a", "GET /healthz")):
            async with session.post(f"http://127.0.0.1:{port}/v1/traces", json=request(*names)) as answer:
                assert answer.status == 200
    await collector.stop()
    (line,) = (tmp_path / "out").read_text().splitlines()
    (span,) = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert span["name"] == "GET /a"
    assert span["attributes"] == [{"key": "route", "value": {"stringValue": "x:GET /a"}}]
    assert scrape()['otelcol_processor_filter_spans.filtered{filter="filter/health"}'] == 2
