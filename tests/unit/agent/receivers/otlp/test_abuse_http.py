"""What hostile HTTP/1 clients get from an OTLP port, and that others are served meanwhile; on both front ends."""

import asyncio
import datetime
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hpack import Decoder

from otel_agent.config.featuregates import FeatureGates
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.receivers.otlp.receiver import OtlpReceiver
from tests.fuzz.network import frames
from tests.fuzz.network.frames import EXPORT, PREFACE, frame, literal, post, settings
from tests.unit.agent.receivers.otlp.wire import GROWTH, MIB, Wire, memory, port_of

Make = Callable[..., Telemetry]
Receive = Callable[..., Awaitable[OtlpReceiver]]
PROTOBUF = {"Content-Type": "application/x-protobuf"}
POST = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"


def request_of(body: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def test_pipelined_requests_are_answered_in_their_order(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any
) -> None:
    receiver = await receive(http={})
    good, bad = request_of(telemetry_of().data), request_of(b"\xff")
    last = good.replace(b"Host: x", b"Host: x\r\nConnection: close")
    wire = await Wire.to(receiver, (good + bad) * 50 + last)
    answers = await wire.end()
    statuses = [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"400"] * 50 + [b"200"]
    assert len(sink.received) == 51


async def test_connections_of_a_crowd_go_on_where_they_rested_whatever_a_write_holds(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any
) -> None:
    receiver = await receive(http={})
    good = request_of(telemetry_of().data)
    last = good.replace(b"Host: x", b"Host: x\r\nConnection: close")
    cuts = (1, 3, 40, good.index(b"\r\n\r\n") + 3, len(good) - 1, len(good))
    wires = [await Wire.to(receiver) for _ in range(200)]
    for wire, cut in zip(wires, cuts * 40, strict=False):
        wire.writer.write(good + good[:cut])  # the rest of the second comes when the first was answered
    for wire, cut in zip(wires, cuts * 40, strict=False):
        assert (await asyncio.wait_for(wire.reader.readuntil(b"\r\n\r\n"), 20)).startswith(b"HTTP/1.1 200")
        wire.writer.write(good[cut:])
    for wire in wires:
        assert b"HTTP/1.1 200" in await asyncio.wait_for(wire.reader.readuntil(b"\r\n\r\n"), 20)
        wire.writer.write(last)
    for wire in wires:
        assert b"HTTP/1.1 200" in await wire.end()
    assert len(sink.received) == 600


SMUGGLED = b"POST /v1/traces HTTP/1.1\r\nHost: evil\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"
SHAPES = {
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
    "a list of lengths": POST + b"Content-Length: 0, %d\r\n\r\n" % len(SMUGGLED),
    "a signed length": POST + b"Content-Length: +0\r\n\r\n",
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a transfer encoding that is none": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked, then something else": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a chunk size with a sign": POST + b"Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n",
    "a chunk size in octal notation": POST + b"Transfer-Encoding: chunked\r\n\r\n0o0\r\n\r\n",
    "a chunk size that overflows": POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "a header that is continued": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("shape", list(SHAPES))
async def test_what_two_parsers_may_read_differently_is_refused_and_nothing_behind_it_is_read(
    front_end: FeatureGates, receive: Receive, served: Any, shape: str
) -> None:
    receiver = await receive(http={})
    wire = await Wire.to(receiver, SHAPES[shape] + SMUGGLED)
    wire.writer.write_eof()
    answer = await wire.end()
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b" 200 " not in answer
    await served(receiver)


async def test_a_length_beside_chunks_never_makes_a_request_of_a_body(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any
) -> None:
    """RFC 9112 lets a server refuse it, or read the chunks; by either, the bytes of the chunk are no request."""
    receiver = await receive(http={})
    inner = request_of(telemetry_of().data)
    head = POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = await Wire.to(receiver, head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner))
    wire.writer.write_eof()
    assert b" 200 " not in await wire.end()
    assert sink.received == []


FAR_TOO_MUCH = 2 * 1024 * MIB


@pytest.mark.parametrize("kind", ["length", "chunks"])
async def test_a_body_over_the_limit_is_answered_long_before_it_is_read_whole(
    front_end: FeatureGates, receive: Receive, served: Any, kind: str
) -> None:
    receiver = await receive(http={"max_request_body_size": MIB})
    before = memory()
    head = POST + (b"Content-Length: %d\r\n\r\n" % FAR_TOO_MUCH if kind == "length" else b"Transfer-Encoding: chunked\r\n\r\n")
    part = bytes(65_536) if kind == "length" else b"10000\r\n" + bytes(65_536) + b"\r\n"
    wire = await Wire.to(receiver, head)
    sent, answer = await wire.pushed(part, FAR_TOO_MUCH)
    assert sent < 64 * MIB  # 8 MiB are read and thrown away; the rest is what sockets hold
    assert not answer or answer.startswith(b"HTTP/1.1 400")
    await served(receiver)
    assert memory() - before < GROWTH


async def test_a_length_over_the_limit_alone_is_answered(front_end: FeatureGates, receive: Receive) -> None:
    receiver = await receive(http={"max_request_body_size": MIB})
    wire = await Wire.to(receiver, POST + b"Content-Length: %d\r\n\r\n" % FAR_TOO_MUCH)
    answer = await asyncio.wait_for(wire.reader.readuntil(b"\r\n\r\n"), 10)
    assert answer.startswith(b"HTTP/1.1 400")
    wire.writer.close()


@pytest.mark.parametrize("path", [b"/v1/traces", b"/nowhere"])
async def test_a_refused_request_with_a_large_body_still_gets_its_answer(
    front_end: FeatureGates, receive: Receive, path: bytes
) -> None:
    """Closing with the body unread would send a reset, which may overtake the answer."""
    receiver = await receive(http={})
    body = bytes(3 * MIB)
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % (path, len(body))
    wire = await Wire.to(receiver, head + body)
    await wire.writer.drain()
    status = 415 if path == b"/v1/traces" else 404
    assert (await asyncio.wait_for(wire.reader.readline(), 10)).startswith(b"HTTP/1.1 %d" % status)
    wire.writer.close()


async def test_bombs_of_every_kind_take_no_more_than_the_limit(front_end: FeatureGates, receive: Receive, served: Any) -> None:
    receiver = await receive(http={"max_request_body_size": MIB})
    before = memory()
    bomb = gzip.compress(bytes(256 * MIB), 1)[: MIB - 1]
    deep = json.dumps({"resourceSpans": []})[:-1].encode() + b',"a":' + b"[" * 500_000
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port_of(receiver)}/v1/traces"
        for _ in range(10):
            async with session.post(url, data=bomb, headers=PROTOBUF | {"Content-Encoding": "gzip"}) as answer:
                assert answer.status == 400
            async with session.post(url, data=deep, headers={"Content-Type": "application/json"}) as answer:
                assert answer.status == 400
    await served(receiver)
    assert memory() - before < GROWTH


async def test_hundreds_of_heads_that_do_not_end_keep_nobody_waiting_and_are_cut_off(
    front_end: FeatureGates, receive: Receive, served: Any, request: pytest.FixtureRequest
) -> None:
    receiver = await receive(http={"read_header_timeout": "300ms"})
    wires = [await Wire.to(receiver, POST + b"X-Slow: ") for _ in range(300)]
    await served(receiver)
    for wire in wires:
        wire.writer.write(b"a")
    if "native" in request.node.name:  # aiohttp has no such time
        assert [await wire.end() for wire in wires] == [b""] * 300
    else:
        for wire in wires:
            wire.writer.close()
    await served(receiver)


async def test_hundreds_of_bodies_that_do_not_end_keep_nobody_waiting_and_are_given_up(
    front_end: FeatureGates, receive: Receive, served: Any
) -> None:
    receiver = await receive(http={"read_timeout": "300ms"})
    wires = [await Wire.to(receiver, POST + b"Content-Length: 1000\r\n\r\nabc") for _ in range(300)]
    await served(receiver)
    for wire in wires:
        assert (await asyncio.wait_for(wire.reader.readline(), 10)).startswith(b"HTTP/1.1 400")
        wire.writer.close()
    await served(receiver)


def certificate(folder: Path) -> dict[str, str]:
    """A self-signed one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "collector")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
    (folder / "crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {"cert_file": str(folder / "crt"), "key_file": str(folder / "key")}


async def test_tls_handshakes_that_stop_half_way_keep_nobody_waiting(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, tmp_path: Path
) -> None:
    receiver = await receive(http={"tls": certificate(tmp_path)})
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    wires = [await Wire.to(receiver, hello[: number % 12]) for number in range(200)]
    url = f"https://127.0.0.1:{port_of(receiver)}/v1/traces"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=telemetry_of().data, headers=PROTOBUF, ssl=False) as answer,
    ):
        assert answer.status == 200
    for wire in wires:
        wire.writer.close()


@pytest.mark.parametrize("front_end", ["native"], indirect=True)
async def test_http2_requests_with_too_large_a_body_are_answered_within_their_window(
    front_end: FeatureGates, receive: Receive, served: Any
) -> None:
    receiver = await receive(http={"max_request_body_size": MIB})
    fields = post(b"/v1/traces").replace(
        literal(b"content-type", b"application/grpc"), literal(b"content-type", b"application/x-protobuf")
    )
    fields += literal(b"content-length", b"%d" % FAR_TOO_MUCH)
    wire = await Wire.to(receiver, PREFACE + settings(header_table_size=0) + frame(frames.HEADERS, frames.END_HEADERS, 1, fields))
    async for kind, _, stream, payload in wire.frames():
        if kind == frames.HEADERS and stream == 1:
            assert b"400" in payload or b"\x8c" in payload  # :status 400 is in the static table
            break
    else:
        pytest.fail("no answer")
    wire.writer.close()
    await served(receiver)


@pytest.mark.parametrize("method", [b"GET", b"PUT"])
@pytest.mark.parametrize("front_end", ["native"], indirect=True)
async def test_a_grpc_call_by_another_method_than_post_is_refused(
    front_end: FeatureGates, receive: Receive, telemetry_of: Make, sink: Any, method: bytes
) -> None:
    receiver = await receive(grpc={})
    fields = post(EXPORT["traces"]).replace(literal(b":method", b"POST"), literal(b":method", method))
    call = frame(frames.HEADERS, frames.END_HEADERS, 1, fields)
    call += frame(frames.DATA, frames.END_STREAM, 1, frames.message(telemetry_of().data))
    wire = await Wire.to(receiver, PREFACE + settings(header_table_size=0) + call)
    async for kind, _, stream, payload in wire.frames():
        if kind == frames.HEADERS and stream == 1:
            assert dict(Decoder().decode(payload))[":status"] == "405"
            break
    wire.writer.close()
    assert sink.received == []


@pytest.mark.parametrize("flag", [2, 255])
@pytest.mark.parametrize("front_end", ["native"], indirect=True)
async def test_a_grpc_message_with_a_flag_that_is_none_is_refused(
    front_end: FeatureGates, receive: Receive, served: Any, telemetry_of: Make, sink: Any, flag: int
) -> None:
    receiver = await receive(grpc={})
    body = frames.message(gzip.compress(telemetry_of().data), flag)
    call = frame(frames.HEADERS, frames.END_HEADERS, 1, post(EXPORT["traces"], (b"grpc-encoding", b"gzip")))
    wire = await Wire.to(
        receiver, PREFACE + settings(header_table_size=0) + call + frame(frames.DATA, frames.END_STREAM, 1, body)
    )
    async for kind, flags, stream, _ in wire.frames():
        if kind == frames.HEADERS and stream == 1:
            assert flags & frames.END_STREAM  # a status without a message
            break
    wire.writer.close()
    assert sink.received == []
    await served(receiver)
