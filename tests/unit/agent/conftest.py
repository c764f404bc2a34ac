"""Builders that the tests of engine and components share."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.featuregates import NATIVE_FRONT_END, FeatureGates
from otel_agent.pdata import kernel
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Consumer
from otel_agent.receivers.otlp.front_end import native_module
from otel_agent.telemetry.exposition import Naming, render
from otel_agent.telemetry.metrics import Level, SelfMetrics


def build_request(signal: Signal, items: int, first: int = 0, service: str = "shop") -> Any:
    """A request with one resource and scope, and items named item-<first>, item-<first + 1>, …"""
    request = REQUESTS[signal]()
    names = {Signal.TRACES: "spans", Signal.METRICS: "metrics", Signal.LOGS: "logs"}
    resource = getattr(request, f"resource_{names[signal]}").add(schema_url="https://schema/resource")
    resource.resource.attributes.add(key="service.name").value.string_value = service
    scope = getattr(resource, f"scope_{names[signal]}").add(schema_url="https://schema/scope")
    scope.scope.name, scope.scope.version = "library", "1.2"
    for number in range(first, first + items):
        if signal is Signal.TRACES:
            scope.spans.add(name=f"item-{number}", trace_id=bytes(15) + b"\1", span_id=bytes(7) + b"\2")
        elif signal is Signal.LOGS:
            scope.log_records.add().body.string_value = f"item-{number}"
        else:
            scope.metrics.add(name=f"item-{number}").gauge.data_points.add(as_int=number)
    return request


class Sink:
    """A consumer that keeps what it gets, fails when told to, and waits while `gate` is closed."""

    def __init__(self) -> None:
        self.received: list[Telemetry] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()
        self.refused = asyncio.Event()
        self._changed = asyncio.Event()

    async def consume(self, telemetry: Telemetry) -> None:
        self.arrived.set()
        await self.gate.wait()
        if self.error is not None:
            self.refused.set()
            raise self.error
        self.received.append(telemetry)
        self._changed.set()

    @property
    def sizes(self) -> list[int]:
        return [telemetry.items for telemetry in self.received]

    async def reached(self, items: int, seconds: float = 5.0) -> None:
        """Wait until that many items have come."""
        async with asyncio.timeout(seconds):
            while sum(self.sizes) < items:
                self._changed.clear()
                await self._changed.wait()


class RecordingHost:
    """A host without extensions that records what is reported."""

    def __init__(self) -> None:
        self.statuses: list[tuple[str, str]] = []
        self.fatal: list[Exception] = []

    def extension(self, component_id: ComponentId) -> Any:
        raise KeyError(component_id)

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        self.fatal.append(error)

    def report_status(self, kind: ComponentKind, component_id: ComponentId, status: Any, error: str = "") -> None:
        self.statuses.append((str(status), error))


@pytest.fixture
def request_of() -> Callable[..., Any]:
    return build_request


@pytest.fixture
def telemetry_of() -> Callable[..., Telemetry]:
    def make(
        signal: Signal = Signal.TRACES, items: int = 1, first: int = 0, client: ClientInfo = NO_CLIENT, service: str = "shop"
    ) -> Telemetry:
        data = build_request(signal, items, first, service).SerializeToString()
        return Telemetry(signal, data, kernel.count(signal, data), client)

    return make


@pytest.fixture
async def sink() -> Sink:
    return Sink()


@pytest.fixture
def make_sink() -> type[Sink]:
    return Sink


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@pytest.fixture
def level() -> Level:
    """Level of detail of the self-metrics; a test that needs another one is parametrized with it."""
    return Level.NORMAL


@pytest.fixture
def self_metrics(level: Level) -> SelfMetrics:
    return SelfMetrics(level)


@pytest.fixture
def scrape(self_metrics: SelfMetrics) -> Callable[[], dict[str, float]]:
    """Series of the self-metrics as in a scrape: `otelcol_name{label="value"}` to value."""

    def read() -> dict[str, float]:
        lines = render(self_metrics.families(), {}, Naming()).splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    return read


@pytest.fixture
def make_context(self_metrics: SelfMetrics) -> Callable[..., BuildContext]:
    shared: dict[object, Any] = {}

    def get_shared(key: object, make: Callable[[], Any]) -> Any:
        if key not in shared:
            shared[key] = make()
        return shared[key]

    def make(
        kind: ComponentKind, type_name: str, signal: Signal | None = Signal.TRACES, consumer: Consumer | None = None
    ) -> BuildContext:
        return BuildContext(
            id=ComponentId(type_name),
            kind=kind,
            signal=signal,
            pipeline=str(signal) if signal else "",
            logger=logging.getLogger(f"test.{type_name}"),
            metrics=self_metrics,
            consumers={signal: consumer} if signal and consumer else {},
            shared=get_shared,
        )

    return make


@pytest.fixture(params=["native", "portable"])
def front_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FeatureGates:
    """Run a test on both front ends of the OTLP receiver; returns the gates that it sees."""
    if request.param == "native" and native_module() is None:
        pytest.skip("the native extension is not built")
    gates = FeatureGates()
    gates.set(NATIVE_FRONT_END, enabled=request.param == "native")
    monkeypatch.setattr("otel_agent.receivers.otlp.receiver.process_gates", lambda: gates)
    return gates
