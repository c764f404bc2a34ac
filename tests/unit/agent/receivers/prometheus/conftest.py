"""Real targets to scrape, receivers that scrape them, and a readable form of what comes out."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.receivers.prometheus.config import PrometheusReceiverConfig
from otel_agent.receivers.prometheus.exposition.protobuf import ProtobufRules, read_protobuf
from otel_agent.receivers.prometheus.exposition.text import read_text
from otel_agent.receivers.prometheus.factory import create
from otel_agent.receivers.prometheus.otlp.catalog import Catalog, SeriesRules
from otel_agent.receivers.prometheus.otlp.conversion import Request, TargetConversion
from otel_agent.receivers.prometheus.otlp.request import RequestRules
from tests.unit.agent.receivers.prometheus.reading import decode, metrics_of, points_of

TARGET = {"job": "shop", "instance": "10.1.2.3:8080"}


@dataclass
class Scraper:
    """Scrapes bodies that a test writes, without a network. Time goes on by a second each."""

    conversion: TargetConversion
    numbers: Any
    last: Request | None = None

    def text(self, body: str, *, open_metrics: bool = False, honor_timestamps: bool = True) -> Any:
        def read(catalog: Any, reading: Any) -> None:
            read_text(body, catalog, reading, open_metrics=open_metrics, honor_timestamps=honor_timestamps)

        return self._decoded(self.conversion.scraped(read, self._time(), lambda: 0.25, 10.0, len(body)))

    def protobuf(self, body: bytes, **rules: Any) -> Any:
        def read(catalog: Any, reading: Any) -> None:
            read_protobuf(body, catalog, reading, ProtobufRules(**rules))

        return self._decoded(self.conversion.scraped(read, self._time(), lambda: 0.25, 10.0, len(body)))

    def failed(self) -> Any:
        return self._decoded(self.conversion.failed(self._time(), 0.5, 10.0, 0))

    def ended(self) -> Any:
        return self._decoded(self.conversion.ended(self._time()))

    def _time(self) -> int:
        return next(self.numbers) * 1000

    def _decoded(self, result: Request) -> Any:
        self.last = result
        request = decode(result.data)
        counted = 0
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                counted += sum(len(getattr(metric, metric.WhichOneof("data")).data_points) for metric in scope.metrics)
        assert counted == result.points, "the receiver says another number of points than the request has"
        return request


@pytest.fixture
def scraper() -> Callable[..., Scraper]:
    def make(
        discovered: dict[str, str] | None = None,
        trim: bool = False,
        sample_limit: int = 0,
        track: bool = False,
        extra: bool = False,
        **rules: Any,
    ) -> Scraper:
        rules.setdefault("target_labels", TARGET)
        conversion = TargetConversion(
            Catalog(SeriesRules(**rules)),
            RequestRules("http", "1.2.3", discovered or {}, trim),
            sample_limit=sample_limit,
            track_timestamps=track,
            extra=extra,
        )
        return Scraper(conversion, itertools.count(1))

    return make


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start a real HTTP server with one handler for all paths; gives its address."""
    runners: list[web.AppRunner] = []

    async def start(handler: Any, ssl_context: Any = None) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
        await site.start()
        return f"127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def receiver(make_context: Any, sink: Any, host: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Start a receiver that gives to `sink`, with jobs as keyword arguments of a job or as a whole configuration."""
    started: list[Any] = []

    async def start(config: dict[str, Any] | None = None, **job: Any) -> Any:
        if config is None:
            job = {"job_name": "shop", "scrape_interval": "1s", "scrape_timeout": "1s"} | job
            config = {"config": {"scrape_configs": [job]}}
        made = create(
            PrometheusReceiverConfig.model_validate(config),
            make_context(ComponentKind.RECEIVER, "prometheus", Signal.METRICS, sink),
        )
        started.append(made)
        await made.start(host)
        return made

    yield start
    for each in started:
        await each.shutdown()


@pytest.fixture
def received(sink: Any) -> Callable[[Callable[[Any], bool]], Awaitable[Any]]:
    """Wait for a request that fits, and give it decoded."""

    async def wait(fits: Callable[[Any], bool]) -> Any:
        seen = 0
        async with asyncio.timeout(20):
            while True:
                while seen < len(sink.received):
                    request = decode(sink.received[seen].data)
                    seen += 1
                    if fits(request):
                        return request
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def has() -> Callable[[str], Callable[[Any], bool]]:
    """`has("up")`: whether a request has a metric of that name with values."""

    def of(name: str) -> Callable[[Any], bool]:
        return lambda request: name in metrics_of(request) and not next(iter(points_of(metrics_of(request)[name]).values())).flags

    return of
