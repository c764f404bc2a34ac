"""Real OTLP receivers as backends, and a resolver that tells what a test wants."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig
from otel_agent.exporters.load_balancing.exporter import LoadBalancingExporter
from otel_agent.exporters.load_balancing.resolvers import Findings
from otel_agent.pdata import kernel
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver


class Told:
    """A resolver that tells what it is told."""

    name = "static"
    patience = 0.05

    def __init__(self, first: Sequence[str] = ()) -> None:
        self.findings: Findings | None = None
        self._first = first

    async def run(self, findings: Findings) -> None:
        self.findings = findings
        if self._first:
            await findings.found(self._first)
        await asyncio.Event().wait()

    async def tell(self, *endpoints: str) -> None:
        assert self.findings is not None
        await self.findings.found(endpoints)


class Backend:
    """An OTLP/gRPC receiver and the sink behind it."""

    def __init__(self, sink: Any, receiver: Any) -> None:
        self.sink = sink
        self.receiver = receiver
        self.endpoint = f"127.0.0.1:{receiver.servers['grpc'].port}"

    @property
    def names(self) -> Counter[str]:
        return Counter(name for telemetry in self.sink.received for name, _ in spans_of(telemetry))

    @property
    def trace_ids(self) -> set[bytes]:
        return {trace_id for telemetry in self.sink.received for _, trace_id in spans_of(telemetry)}


def spans_of(telemetry: Telemetry) -> list[tuple[str, bytes]]:
    return [
        (span.name, bytes(span.trace_id))
        for resource in parse(Signal.TRACES, telemetry.data).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def traces_of(numbers: Sequence[int], spans: int = 1, first: int = 0) -> Telemetry:
    """One request with `spans` spans of each of these traces, interleaved; names are `<trace>-<span>`."""
    request = REQUESTS[Signal.TRACES]()
    scope = request.resource_spans.add().scope_spans.add()
    for span in range(first, first + spans):
        for number in numbers:
            scope.spans.add(name=f"{number}-{span}", trace_id=(number + 1).to_bytes(16), span_id=(span + 1).to_bytes(8))
    data = request.SerializeToString()
    return Telemetry(Signal.TRACES, data, kernel.count(Signal.TRACES, data))


@pytest.fixture
def make_traces() -> Callable[..., Telemetry]:
    return traces_of


@pytest.fixture
async def make_backend(make_context: Any, host: Any, make_sink: Any) -> AsyncIterator[Any]:
    made: list[Backend] = []

    async def make(port: int = 0) -> Backend:
        config = OtlpReceiverConfig.model_validate({"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}"}}})
        context = make_context(ComponentKind.RECEIVER, "otlp", None)
        sink = make_sink()
        context.consumers.update(dict.fromkeys(Signal, sink))
        receiver = create_receiver(config, context)
        await receiver.start(host)
        made.append(Backend(sink, receiver))
        return made[-1]

    yield make
    for backend in made:
        backend.sink.gate.set()
        await backend.receiver.shutdown()


@pytest.fixture
async def balance(make_context: Any, host: Any) -> AsyncIterator[Any]:
    """Start an exporter over endpoints: `await balance(*endpoints, protocol keys…, own={top-level keys})`."""
    made: list[LoadBalancingExporter] = []

    async def start(*endpoints: str, signal: Signal = Signal.TRACES, own: Any = None, **otlp: Any) -> tuple[Any, Told]:
        retry = {"initial_interval": "10ms", "max_interval": "50ms", "max_elapsed_time": "0s"}
        protocol = {"otlp": {"tls": {"insecure": True}, "retry_on_failure": retry, **otlp}}
        raw = {"resolver": {"static": {"hostnames": ["unused"]}}, "protocol": protocol, **(own or {})}
        resolver = Told(endpoints)
        context = make_context(ComponentKind.EXPORTER, "load_balancing", signal)
        exporter = LoadBalancingExporter(LoadBalancingExporterConfig.model_validate(raw), context, resolver)
        made.append(exporter)
        await exporter.start(host)
        return exporter, resolver

    yield start
    for exporter in made:
        await exporter.shutdown()
