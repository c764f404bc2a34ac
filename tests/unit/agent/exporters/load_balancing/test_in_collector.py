"""The exporter in a running collector, whose configuration is replaced while requests arrive."""

import asyncio
import socket
from collections import Counter
from typing import Any

import aiohttp
import pytest

from otel_agent.config.document import Config, decode
from otel_agent.config.registry import installed_registry
from otel_agent.pipeline.collector import Collector
from otel_agent.pipeline.errors import GraphError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(port: int, *hostnames: str, key: str = "traceID", name: str = "loadbalancing") -> Config:
    exporter = {
        "routing_key": key,
        "protocol": {"otlp": {"tls": {"insecure": True}, "retry_on_failure": {"initial_interval": "10ms"}}},
        "resolver": {"static": {"hostnames": list(hostnames)}},
    }
    raw = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {name: exporter},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": [name]}}},
    }
    return decode(raw, installed_registry())


async def test_a_reload_that_changes_backends_loses_no_span(self_metrics: Any, make_backend: Any, make_traces: Any) -> None:
    port = free_port()
    backends = [await make_backend() for _ in range(3)]
    endpoints = [backend.endpoint for backend in backends]
    collector = Collector(installed_registry(), self_metrics, 10.0)
    await collector.start(configuration(port, *endpoints[:2]))
    taken = 0

    async def send(session: aiohttp.ClientSession) -> None:
        nonlocal taken
        for step in range(60):
            url, headers = f"http://127.0.0.1:{port}/v1/traces", {"Content-Type": "application/x-protobuf"}
            async with session.post(url, data=make_traces(range(20), first=step).data, headers=headers) as response:
                assert response.status == 200
            taken += 1
            await asyncio.sleep(0.005)

    try:
        async with aiohttp.ClientSession() as session:
            sending = asyncio.create_task(send(session))
            for step in (1, 2, 3):
                while taken < 15 * step:  # noqa: ASYNC110 -- the sender goes on meanwhile
                    await asyncio.sleep(0.005)
                await collector.swap(configuration(port, *endpoints[step % 2 : step % 2 + 2]))
            await sending
    finally:
        await collector.stop()
    found = sum((backend.names for backend in backends), Counter[str]())
    assert found == Counter(f"{number}-{step}" for number in range(20) for step in range(60))


async def test_a_routing_key_of_another_signal_is_refused_when_the_graph_is_built(self_metrics: Any) -> None:
    collector = Collector(installed_registry(), self_metrics, 10.0)
    with pytest.raises(GraphError, match='unsupported routing_key "streamID" for traces: it has traceID, service, attributes'):
        await collector.start(configuration(free_port(), "a:1", key="streamID", name="load_balancing"))
