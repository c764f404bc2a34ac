"""The native client packs what grpcio cannot; our own receiver unpacks it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver
from otel_agent.receivers.otlp.front_end import native_module


@pytest.fixture
async def receiver(make_context: Any, sink: Any, host: Any) -> AsyncIterator[Any]:
    context = make_context(ComponentKind.RECEIVER, "otlp", None)
    context.consumers[Signal.TRACES] = sink
    config = OtlpReceiverConfig.model_validate({"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}})
    started = create_receiver(config, context)
    await started.start(host)
    yield started
    await started.shutdown()


@pytest.mark.skipif(native_module() is None, reason="the native extension is not built")
@pytest.mark.parametrize("client", ["native"], indirect=True)
@pytest.mark.parametrize("compression", ["none", "", "gzip", "snappy", "zstd"])
@pytest.mark.parametrize("items", [1, 20_000])
async def test_every_configurable_compression_arrives(
    receiver: Any, sink: Any, export: Any, telemetry_of: Any, compression: str, items: int
) -> None:
    sent = telemetry_of(items=items)
    exporter = await export(endpoint=f"http://127.0.0.1:{receiver.servers['grpc'].port}", compression=compression, timeout="20s")
    await exporter.consume(sent)
    assert [telemetry.data for telemetry in sink.received] == [sent.data]
