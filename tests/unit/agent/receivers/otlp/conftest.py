"""A running receiver that feeds a sink, and clients for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from grpc import aio

from otel_agent.config.component import ComponentKind
from otel_agent.config.featuregates import FeatureGates
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create
from otel_agent.receivers.otlp.receiver import OtlpReceiver
from otel_agent.transport.grpc_services import export_method
from tests.unit.agent.receivers.otlp.wire import Wire, port_of


@pytest.fixture
def stop_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers give requests in progress next to no time when they are stopped."""
    for module in ("grpc_server", "http_server", "native_server"):
        monkeypatch.setattr(f"otel_agent.receivers.otlp.{module}.STOP_SECONDS", 0.05)


@pytest.fixture(params=["prompt", "awaited"])
async def sink(request: pytest.FixtureRequest, make_sink: Any) -> Any:
    """Run a test with pipelines that take requests at once where they can, and with such that have to be awaited."""
    plain = make_sink()
    return PromptSink(plain) if request.param == "prompt" else plain


class PromptSink:
    """A sink that takes at once while its gate is open. All else is the other's."""

    def __init__(self, sink: Any) -> None:
        self._sink = sink

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_sink":
            super().__setattr__(name, value)
        else:
            setattr(self._sink, name, value)

    def consume_now(self, telemetry: Telemetry) -> bool:
        if not self._sink.gate.is_set():
            return False
        try:
            self._sink.consume(telemetry).send(None)  # which does not wait now
        except StopIteration:
            return True
        raise AssertionError("the sink waited")


@pytest.fixture
async def receive(front_end: FeatureGates, make_context: Callable[..., BuildContext], sink: Any, host: Any) -> AsyncIterator[Any]:
    """Start a receiver: `receive(grpc={...}, http={...}, signals=...)`; endpoints are free ports of 127.0.0.1."""
    started: list[OtlpReceiver] = []

    async def start(signals: tuple[Signal, ...] = tuple(Signal), **protocols: dict[str, Any]) -> OtlpReceiver:
        blocks = {name: {"endpoint": "127.0.0.1:0", **block} for name, block in protocols.items()}
        context = make_context(ComponentKind.RECEIVER, "otlp", None)
        context.consumers.update(dict.fromkeys(signals, sink))
        receiver = create(OtlpReceiverConfig.model_validate({"protocols": blocks}), context)
        assert isinstance(receiver, OtlpReceiver)
        started.append(receiver)
        await receiver.start(host)
        return receiver

    yield start
    for receiver in started:
        await receiver.shutdown()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


@pytest.fixture
async def http_url(receive: Callable[..., Awaitable[OtlpReceiver]]) -> str:
    receiver = await receive(http={})
    return f"http://127.0.0.1:{receiver.servers['http'].port}"


@pytest.fixture
async def served(telemetry_of: Callable[..., Telemetry], sink: Any) -> Callable[[OtlpReceiver], Awaitable[None]]:
    """Check that a well-behaved client is served by a port, now."""

    async def check(receiver: OtlpReceiver) -> None:
        before = len(sink.received)
        data = telemetry_of().data
        if "grpc" in receiver.servers:
            async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
                assert await channel.unary_unary(export_method(Signal.TRACES), None, None)(data, timeout=20) == b""
        else:
            url, headers = f"http://127.0.0.1:{port_of(receiver)}/v1/traces", {"Content-Type": "application/x-protobuf"}
            async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
                assert answer.status == 200
        assert len(sink.received) == before + 1

    return check


@pytest.fixture(autouse=True)
async def _no_wire_is_left_open() -> AsyncIterator[None]:
    yield
    for wire in Wire.opened:
        if not wire.writer.transport.is_closing():
            wire.writer.transport.abort()
    Wire.opened.clear()
    await asyncio.sleep(0)
