"""Clients that give up before they are answered: their requests are not worked on any more; on both front ends."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc
import pytest
from grpc import aio

from otel_agent.config.featuregates import FeatureGates
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.receivers.otlp.receiver import OtlpReceiver
from otel_agent.transport.grpc_services import export_method
from tests.fuzz.network import frames
from tests.fuzz.network.frames import EXPORT, PREFACE, frame, message, post, settings
from tests.unit.agent.receivers.otlp.wire import Wire, port_of

Make = Callable[..., Telemetry]
Receive = Callable[..., Awaitable[OtlpReceiver]]
Scrape = Callable[[], dict[str, float]]
METHOD = export_method(Signal.TRACES)
HOUR = 3600.0


async def refused(scrape: Scrape, items: int, transport: str = "grpc") -> None:
    """Return once so many spans are counted as refused."""
    async with asyncio.timeout(10):
        while scrape()[f'otelcol_receiver_refused_spans{{receiver="otlp",transport="{transport}"}}'] < items:  # noqa: ASYNC110 -- a counter tells nobody
            await asyncio.sleep(0.01)


async def test_a_cancelled_call_is_not_worked_on_any_more_and_others_are(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, scrape: Scrape
) -> None:
    receiver = await receive(grpc={})
    sink.gate.clear()
    async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
        method = channel.unary_unary(METHOD, None, None)
        given_up = method(telemetry_of(items=3).data, timeout=HOUR)
        await asyncio.wait_for(sink.arrived.wait(), 20)
        sink.arrived.clear()
        stays = asyncio.ensure_future(_answer(method(telemetry_of(items=2).data, timeout=HOUR)))
        await asyncio.wait_for(sink.arrived.wait(), 20)
        given_up.cancel()
        await refused(scrape, 3)
        sink.gate.set()
        assert await asyncio.wait_for(stays, 20) == b""
    assert sink.sizes == [2]


async def _answer(call: Any) -> bytes:
    answer: bytes = await call
    return answer


async def test_a_call_is_not_worked_on_after_its_deadline(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, scrape: Scrape
) -> None:
    receiver = await receive(grpc={})
    sink.gate.clear()
    async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
        with pytest.raises(aio.AioRpcError) as caught:
            # long enough to be begun
            await channel.unary_unary(METHOD, None, None)(telemetry_of(items=3).data, timeout=1.0)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await refused(scrape, 3)
        sink.gate.set()
        await channel.unary_unary(METHOD, None, None)(telemetry_of(items=2).data, timeout=20)
    assert sink.sizes == [2]


async def test_the_deadline_is_kept_for_a_client_that_does_not(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, scrape: Scrape
) -> None:
    """A proxy may pass grpc-timeout on and never reset the stream."""
    receiver = await receive(grpc={})
    sink.gate.clear()
    call = frame(frames.HEADERS, frames.END_HEADERS, 1, post(EXPORT["traces"], (b"grpc-timeout", b"1000m")))
    call += frame(frames.DATA, frames.END_STREAM, 1, message(telemetry_of(items=3).data))
    wire = await Wire.to(receiver, PREFACE + settings(header_table_size=0) + call)
    async for kind, _, stream, _ in wire.frames():
        if stream == 1 and kind in (frames.HEADERS, frames.RST_STREAM):
            break
    else:
        pytest.fail("the stream was not ended")
    await refused(scrape, 3)
    sink.gate.set()
    assert sink.sizes == []


@pytest.mark.parametrize("front_end", ["native"], indirect=True)
async def test_a_deadline_that_passes_is_answered_with_its_status(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any
) -> None:
    receiver = await receive(grpc={})
    sink.gate.clear()
    call = frame(frames.HEADERS, frames.END_HEADERS, 1, post(EXPORT["traces"], (b"grpc-timeout", b"50000u")))
    call += frame(frames.DATA, frames.END_STREAM, 1, message(telemetry_of().data))
    wire = await Wire.to(receiver, PREFACE + settings(header_table_size=0) + call)
    async for kind, flags, stream, payload in wire.frames():
        if stream == 1 and kind == frames.HEADERS:
            assert flags & frames.END_STREAM
            assert dict(_decoded(payload))["grpc-status"] == "4"
            break
    else:
        pytest.fail("the stream was not ended")
    sink.gate.set()


def _decoded(block: bytes) -> list[tuple[str, str]]:
    from hpack import Decoder

    return [(str(name), str(value)) for name, value in Decoder().decode(block)]


@pytest.mark.parametrize("timeout", [b"", b"soon", b"5", b"S", b"-1S", b"123456789S", b"5x"])
@pytest.mark.parametrize("front_end", ["native"], indirect=True)
async def test_a_deadline_that_cannot_be_read_is_none(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, timeout: bytes
) -> None:
    receiver = await receive(grpc={})
    call = frame(frames.HEADERS, frames.END_HEADERS, 1, post(EXPORT["traces"], (b"grpc-timeout", timeout)))
    call += frame(frames.DATA, frames.END_STREAM, 1, message(telemetry_of().data))
    wire = await Wire.to(receiver, PREFACE + settings(header_table_size=0) + call)
    async for _, flags, stream, _ in wire.frames():
        if stream == 1 and flags & frames.END_STREAM:
            break
    [got] = sink.received
    assert got.deadline is None


async def test_the_pipeline_is_told_the_deadline(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any
) -> None:
    receiver = await receive(grpc={})
    before = time.monotonic()
    async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
        await channel.unary_unary(METHOD, None, None)(telemetry_of().data, timeout=HOUR)
        await channel.unary_unary(METHOD, None, None)(telemetry_of().data)
    bounded, unbounded = sink.received
    # grpcio writes three digits of it
    assert before + 0.98 * HOUR < bounded.deadline < time.monotonic() + 1.02 * HOUR
    assert unbounded.deadline is None


async def test_a_request_whose_connection_is_closed_is_not_worked_on_any_more(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, scrape: Scrape, served: Any
) -> None:
    receiver = await receive(http={})
    sink.gate.clear()
    body = telemetry_of(items=3).data
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
    wire = await Wire.to(receiver, head % len(body) + body)
    await asyncio.wait_for(sink.arrived.wait(), 20)
    wire.writer.close()
    await refused(scrape, 3, "http")
    sink.gate.set()
    await served(receiver)
    assert sink.sizes == [1]


@pytest.mark.parametrize("front_end", ["native"], indirect=True)
async def test_an_http2_request_that_is_reset_is_not_worked_on_any_more(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, scrape: Scrape, served: Any
) -> None:
    receiver = await receive(http={})
    sink.gate.clear()
    fields = post(b"/v1/traces").replace(b"application/grpc", b"application/json")
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s"}]}]}]}' % (b"ab" * 16, b"cd" * 8)
    call = frame(frames.HEADERS, frames.END_HEADERS, 1, fields) + frame(frames.DATA, frames.END_STREAM, 1, body)
    wire = await Wire.to(receiver, PREFACE + settings(header_table_size=0) + call)
    await asyncio.wait_for(sink.arrived.wait(), 20)
    wire.writer.write(frame(frames.RST_STREAM, 0, 1, b"\0\0\0\x08"))
    await refused(scrape, 1, "http")
    sink.gate.set()
    await served(receiver)
    assert sink.sizes == [1]


async def test_requests_that_were_given_up_leave_nothing_behind(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, scrape: Scrape, request: Any
) -> None:
    """In rounds; what was given up before it was begun counts nowhere."""
    receiver = await receive(grpc={})
    data = telemetry_of(items=1).data
    sink.gate.clear()
    for number in range(1, 11):
        sink.arrived.clear()
        async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
            calls: list[Any] = []
            async with asyncio.timeout(20):
                while (
                    not sink.arrived.is_set()
                ):  # a server that sees too many calls reset ends the connection, and with it the calls
                    calls += [channel.unary_unary(METHOD, None, None)(data, timeout=HOUR, wait_for_ready=True) for _ in range(90)]
                    with suppress(TimeoutError):
                        await asyncio.wait_for(sink.arrived.wait(), 2)
            for call in calls:
                call.cancel()
            await asyncio.gather(*(_answer(call) for call in calls), return_exceptions=True)
        await refused(scrape, number)
    if "native" in request.node.name:
        [server] = receiver.servers.values()
        async with asyncio.timeout(20):
            while server.unanswered:  # noqa: ASYNC110 -- it is counted in another thread
                await asyncio.sleep(0.01)
    sink.gate.set()
    async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
        assert await channel.unary_unary(METHOD, None, None)(data, timeout=20) == b""
