"""A running prometheus exporter, requests for it, and scrapes of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from otel_agent.exporters.prometheus.exporter import PrometheusExporter, PrometheusPeer
from otel_agent.exporters.prometheus.factory import create
from otel_agent.pdata.telemetry import Signal
from tests.unit.agent.exporters.prometheus.metric_requests import telemetry_of


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Running:
    """An exporter with its port."""

    def __init__(self, exporter: PrometheusExporter, peer: PrometheusPeer, session: aiohttp.ClientSession) -> None:
        self.exporter, self.peer, self.session = exporter, peer, session

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.peer.server.port}/metrics"

    async def send(self, *metrics: Metric, **options: Any) -> None:
        await self.exporter.consume(telemetry_of(*metrics, **options))

    async def get(self, accept: str = "", **headers: str) -> aiohttp.ClientResponse:
        response = await self.session.get(self.url, headers={"Accept": accept, **headers})
        await response.read()
        return response

    async def scrape(self, accept: str = "") -> str:
        return await (await self.get(accept)).text()

    async def series(self, accept: str = "") -> list[str]:
        """Samples of a scrape in a text format, without those that describe targets."""
        lines = (await self.scrape(accept)).splitlines()
        return [line for line in lines if line[0] != "#" and "target_info" not in line]


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(make_context: Any, host: Any, clock: Clock) -> AsyncIterator[Start]:
    """Start an exporter: keys of its configuration as arguments, without scope labels unless said otherwise."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def run(**config: Any) -> Running:
            config = {"endpoint": "127.0.0.1:0", "without_scope_info": True, **config}
            context = make_context(ComponentKind.EXPORTER, "prometheus", Signal.METRICS)
            exporter: Any = create(PrometheusExporterConfig.model_validate(config), context)
            peer = exporter._peer
            peer._clock = peer._intake._clock = clock
            await exporter.start(host)
            stack.push_async_callback(exporter.shutdown)
            return Running(exporter, peer, session)

        yield run
