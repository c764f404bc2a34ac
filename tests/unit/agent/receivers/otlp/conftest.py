"""A running receiver that feeds a sink, and clients for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.config.featuregates import FeatureGates
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create
from otel_agent.receivers.otlp.receiver import OtlpReceiver


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
