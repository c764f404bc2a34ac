import asyncio
import gzip
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from grpc import aio

from otel_agent.config.featuregates import NATIVE_FRONT_END, FeatureGates
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.transport.authentication import AuthenticationError
from otel_agent.transport.grpc_services import export_method
from otel_agent.transport.status_codes import retry_delay

ACCEPTED = 'otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"}'
REFUSED = 'otelcol_receiver_refused_spans{receiver="otlp",transport="grpc"}'
Make = Callable[..., Telemetry]
Code = grpc.StatusCode


@pytest.fixture
async def call(receive: Any) -> AsyncIterator[Any]:
    """Send a request: `call(data, signal, receiver=..., compression=..., metadata=...)`."""
    channels: list[aio.Channel] = []

    async def send(
        data: bytes,
        signal: Signal = Signal.TRACES,
        receiver: Any = None,
        compression: grpc.Compression = grpc.Compression.NoCompression,
        metadata: Any = (),
    ) -> bytes:
        receiver = receiver or await receive(grpc={})
        channel = aio.insecure_channel(f"127.0.0.1:{receiver.servers['grpc'].port}", compression=compression)
        channels.append(channel)
        return await channel.unary_unary(export_method(signal), None, None)(data, timeout=10, metadata=metadata)

    yield send
    for channel in channels:
        await channel.close()


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("compression", list(grpc.Compression))
async def test_each_signal_reaches_its_pipeline_unchanged(
    call: Any, sink: Any, telemetry_of: Make, signal: Signal, compression: grpc.Compression
) -> None:
    sent = telemetry_of(signal, items=30)
    assert await call(sent.data, signal, compression=compression) == b""
    [got] = sink.received
    assert (got.signal, got.data, got.items, got.client.address) == (signal, sent.data, 30, "127.0.0.1")


async def test_a_signal_without_a_pipeline_is_unimplemented(call: Any, receive: Any, telemetry_of: Make) -> None:
    receiver = await receive(signals=(Signal.TRACES,), grpc={})
    with pytest.raises(aio.AioRpcError) as caught:
        await call(telemetry_of(Signal.LOGS).data, Signal.LOGS, receiver)
    assert caught.value.code() is Code.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("error", "code", "delay"),
    [
        (RetryableError("memory"), Code.UNAVAILABLE, None),
        (RetryableError("memory", retry_after=2.5), Code.UNAVAILABLE, 2.5),
        (RetryableError("full", grpc_code=8, retry_after=7.0), Code.RESOURCE_EXHAUSTED, 7.0),
        (PermanentError("no"), Code.INTERNAL, None),
        (PermanentError("bad", grpc_code=3), Code.INVALID_ARGUMENT, None),
        (RuntimeError("a bug"), Code.INTERNAL, None),
    ],
)
async def test_refusals_of_the_pipeline_become_statuses(
    call: Any,
    sink: Any,
    telemetry_of: Make,
    scrape: Callable[[], dict[str, float]],
    error: Exception,
    code: grpc.StatusCode,
    delay: float | None,
) -> None:
    sink.error = error
    with pytest.raises(aio.AioRpcError) as caught:
        await call(telemetry_of(items=4).data)
    assert caught.value.code() is code
    details = dict(caught.value.trailing_metadata()).get("grpc-status-details-bin")
    assert (retry_delay(Status.FromString(details)) if details else None) == delay
    assert (scrape()[ACCEPTED], scrape()[REFUSED]) == (0, 4)


@pytest.mark.parametrize("message", ["x" * 100_000, "é" * 50_000, "cannot open \udcff"])
async def test_a_refusal_keeps_its_status_whatever_its_message(call: Any, sink: Any, telemetry_of: Make, message: str) -> None:
    sink.error = RetryableError(message, retry_after=1.0)
    with pytest.raises(aio.AioRpcError) as caught:
        await asyncio.wait_for(call(telemetry_of().data), 5)
    assert caught.value.code() is Code.UNAVAILABLE


@pytest.mark.parametrize("data", [b"\xff garbage", b"\x0a\x05short", gzip.compress(bytes(99))[:-9], b"\x1f\x8bnot gzip"])
async def test_messages_that_cannot_be_read_are_an_invalid_argument(call: Any, sink: Any, data: bytes) -> None:
    with pytest.raises(aio.AioRpcError) as caught:
        await call(data)
    assert caught.value.code() is Code.INVALID_ARGUMENT
    assert sink.received == []


async def test_an_empty_request_is_taken_and_counted_nowhere(call: Any, sink: Any, scrape: Any) -> None:
    assert await call(b"") == b""
    assert sink.received == []
    assert scrape()[ACCEPTED] == 0


async def test_a_call_without_exactly_one_message_is_refused_and_the_connection_lives(
    receive: Any, sink: Any, telemetry_of: Make, front_end: FeatureGates
) -> None:
    """grpcio never answers a call without a message, and takes the first of several: there, only the connection is looked at."""
    receiver, native = await receive(grpc={}), front_end.enabled(NATIVE_FRONT_END)

    async def some(messages: int) -> AsyncIterator[bytes]:
        for _ in range(messages):
            yield telemetry_of().data

    async with aio.insecure_channel(f"127.0.0.1:{receiver.servers['grpc'].port}") as channel:
        for messages in (0, 2) if native else (0,):
            with pytest.raises(aio.AioRpcError) as caught:
                await channel.stream_unary(export_method(Signal.TRACES), None, None)(
                    some(messages), timeout=10 if native else 0.5
                )
            assert caught.value.code() is (Code.INVALID_ARGUMENT if native else Code.DEADLINE_EXCEEDED)
        assert await channel.unary_unary(export_method(Signal.TRACES), None, None)(telemetry_of().data, timeout=10) == b""
    assert len(sink.received) == 1


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_messages_over_the_limit_exhaust_resources_packed_or_not(
    call: Any, receive: Any, sink: Any, compression: grpc.Compression
) -> None:
    receiver = await receive(grpc={"max_recv_msg_size_mib": 1})
    with pytest.raises(aio.AioRpcError) as caught:
        await call(bytes(1024 * 1024 + 1), receiver=receiver, compression=compression)
    assert caught.value.code() is Code.RESOURCE_EXHAUSTED
    assert sink.received == []


async def test_the_default_limit_is_four_mib(call: Any) -> None:
    with pytest.raises(aio.AioRpcError, match="larger than"):
        await call(bytes(4 * 1024 * 1024 + 1))


async def test_metadata_reaches_the_pipeline_only_when_asked_for(call: Any, receive: Any, sink: Any, telemetry_of: Make) -> None:
    for include in (False, True):
        receiver = await receive(grpc={"include_metadata": include})
        await call(telemetry_of().data, receiver=receiver, metadata=(("x-tenant", "a"), ("x-tenant", "b"), ("k-bin", b"\xff\0")))
    assert sink.received[0].client.metadata == {}
    metadata = sink.received[1].client.metadata
    assert (metadata["x-tenant"], metadata["k-bin"]) == (("a", "b"), ("\xff\0",))
    assert set(metadata) == {"x-tenant", "k-bin", "user-agent"}


async def test_an_authenticator_refuses_with_unauthenticated(
    call: Any, receive: Any, host: Any, sink: Any, telemetry_of: Make
) -> None:
    class Token:
        async def authenticate(self, headers: dict[str, tuple[str, ...]]) -> dict[str, str]:
            if headers.get("authorization") != ("Bearer x",):
                raise AuthenticationError("wrong token")
            return {"subject": "x"}

    host.extension = lambda _: Token()
    receiver = await receive(grpc={"auth": {"authenticator": "bearertokenauth"}})
    with pytest.raises(aio.AioRpcError) as caught:
        await call(telemetry_of().data, receiver=receiver)
    assert caught.value.code() is Code.UNAUTHENTICATED
    assert await call(telemetry_of().data, receiver=receiver, metadata=(("authorization", "Bearer x"),)) == b""
    assert sink.received[-1].client.auth == {"subject": "x"}


async def test_keepalive_settings_close_idle_connections(receive: Any) -> None:
    keepalive = {"server_parameters": {"max_connection_idle": "50ms"}, "enforcement_policy": {"min_time": "10s"}}
    receiver = await receive(grpc={"keepalive": keepalive})
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.servers["grpc"].port)
    settings = struct.pack(">I", 0)[1:] + bytes([4, 0]) + struct.pack(">I", 0)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
    while await asyncio.wait_for(reader.read(4096), 10):
        pass
    writer.close()
    await writer.wait_closed()


async def test_stopping_answers_what_was_begun_and_takes_nothing_new(
    call: Any, receive: Any, sink: Any, telemetry_of: Make
) -> None:
    receiver = await receive(grpc={})
    sink.gate.clear()
    begun = asyncio.create_task(call(telemetry_of().data, receiver=receiver))
    await asyncio.wait_for(sink.arrived.wait(), 5)
    stopping = asyncio.create_task(receiver.shutdown())
    await asyncio.sleep(0)
    with pytest.raises(aio.AioRpcError) as caught:
        await call(telemetry_of(first=1).data, receiver=receiver)
    assert caught.value.code() in (Code.UNAVAILABLE, Code.CANCELLED)  # clients try again after both
    assert not stopping.done()
    sink.gate.set()
    assert await begun == b""
    await asyncio.wait_for(stopping, 5)
    assert len(sink.received) == 1


async def test_what_is_not_handed_on_in_time_is_not_answered_ok(
    call: Any, receive: Any, sink: Any, telemetry_of: Make, stop_soon: None
) -> None:
    receiver = await receive(grpc={})
    sink.gate.clear()
    begun = asyncio.create_task(call(telemetry_of().data, receiver=receiver))
    await asyncio.wait_for(sink.arrived.wait(), 5)
    await receiver.shutdown()
    with pytest.raises(aio.AioRpcError) as caught:
        await begun
    assert caught.value.code() in (Code.UNAVAILABLE, Code.CANCELLED)
