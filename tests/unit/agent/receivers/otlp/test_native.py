"""What only the native front end does: both protocols on a port, limits that hold under abuse."""

import asyncio
import contextlib
import os
import resource
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import grpc
import pytest
from google.rpc.status_pb2 import Status
from grpc import aio

from otel_agent.config.featuregates import ANY_PROTOCOL, WAIT_WHEN_FULL, FeatureGates
from otel_agent.pdata.otlp_json import request_to_json
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import RetryableError
from otel_agent.transport.content_encoding import compress
from otel_agent.transport.grpc_services import export_method
from otel_agent.transport.status_codes import retry_delay
from tests.unit.agent.listener import break_listener

HITS = 'otelcol_receiver_limit_hits{limit="%s",receiver="otlp",transport="http"}'
PROTOBUF = {"Content-Type": "application/x-protobuf"}
Make = Callable[..., Telemetry]
Code = grpc.StatusCode
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

pytestmark = pytest.mark.parametrize("front_end", ["native"], indirect=True)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def port_of(receiver: Any) -> int:
    [server] = receiver.servers.values()
    return int(server.port)


@pytest.fixture
async def call() -> AsyncIterator[Any]:
    """Send a traces request by gRPC: `call(target, data, metadata=...)`."""
    channels: list[aio.Channel] = []

    async def send(target: str, data: bytes, metadata: Any = ()) -> bytes:
        channels.append(aio.insecure_channel(target))
        method = channels[-1].unary_unary(export_method(Signal.TRACES), None, None)
        return await method(data, timeout=20, metadata=metadata)

    yield send
    for channel in channels:
        await channel.close()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def raw(port: int, sent: bytes, seconds: float = 10) -> bytes:
    """Send bytes, return all that comes until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(seconds):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_each_port_takes_both_protocols_and_counts_what_came(
    receive: Any, call: Any, http: aiohttp.ClientSession, telemetry_of: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    receiver = await receive(grpc={}, http={})
    data = telemetry_of(items=2).data
    for server in receiver.servers.values():
        assert await call(f"127.0.0.1:{server.port}", data) == b""
        for body, headers in ((data, PROTOBUF), (request_to_json(Signal.TRACES, data), {"Content-Type": "application/json"})):
            async with http.post(f"http://127.0.0.1:{server.port}/v1/traces", data=body, headers=headers) as answer:
                assert answer.status == 200
    name = 'otelcol_receiver_accepted_spans{receiver="otlp",transport="%s"}'
    assert (scrape()[name % "grpc"], scrape()[name % "http"]) == (4, 8)


async def test_with_the_gate_off_a_port_takes_its_own_protocol_only(
    front_end: FeatureGates, receive: Any, call: Any, http: aiohttp.ClientSession, telemetry_of: Make
) -> None:
    front_end.set(ANY_PROTOCOL, enabled=False)
    receiver = await receive(grpc={}, http={})
    url = f"http://127.0.0.1:{receiver.servers['grpc'].port}/v1/traces"
    async with http.post(url, data=telemetry_of().data, headers=PROTOBUF) as answer:
        assert answer.status == 415
    with pytest.raises(aio.AioRpcError):
        await call(f"127.0.0.1:{receiver.servers['http'].port}", telemetry_of().data)


async def test_http2_without_tls_carries_http_requests_too(receive: Any, telemetry_of: Make, sink: Any, tmp_path: Any) -> None:
    receiver = await receive(http={})
    (tmp_path / "body").write_bytes(telemetry_of().data)
    url = f"http://127.0.0.1:{port_of(receiver)}/v1/traces"
    command = ["curl", "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_code} %{http_version}"]
    command += ["-H", "Content-Type: application/x-protobuf", "--data-binary", f"@{tmp_path / 'body'}", url]
    try:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    except FileNotFoundError:
        pytest.skip("there is no curl")
    assert (await process.communicate())[0] == b"200 2"
    assert len(sink.received) == 1


async def test_a_unix_socket_takes_the_place_of_one_that_was_left(
    receive: Any, telemetry_of: Make, sink: Any, tmp_path: Any
) -> None:
    path = str(tmp_path / "otlp.sock")
    for _ in range(2):
        receiver = await receive(http={"endpoint": path, "transport": "unix"})
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session,
            session.post("http://collector/v1/traces", data=telemetry_of().data, headers=PROTOBUF) as answer,
        ):
            assert answer.status == 200
        await receiver.shutdown()
    assert len(sink.received) == 2


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "snappy"])
async def test_grpc_messages_may_be_packed_in_more_ways(receive: Any, sink: Any, telemetry_of: Make, encoding: str) -> None:
    receiver = await receive(grpc={})
    packed = compress(encoding, telemetry_of(items=30).data)
    body = bytes([1]) + struct.pack(">I", len(packed)) + packed

    def text(value: str) -> bytes:
        return bytes([len(value)]) + value.encode()

    path = export_method(Signal.TRACES).encode()
    fields = b"\x83\x86\x04" + bytes([len(path)])
    fields += path + b"\x00" + text("content-type") + text("application/grpc") + b"\x00" + text("grpc-encoding") + text(encoding)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(PREFACE + frame(4, 0, 0) + frame(1, 4, 1, fields) + frame(0, 1, 1, body))
    async with asyncio.timeout(5):
        while not sink.received:
            await asyncio.sleep(0.01)
            assert not reader.at_eof()
    writer.close()
    assert sink.received[0].items == 30


@pytest.mark.parametrize("limit", ["_MAX_REQUESTS", "_MAX_BYTES"])
async def test_at_its_limits_a_port_refuses_and_says_when_to_come_back(
    receive: Any, call: Any, http: aiohttp.ClientSession, sink: Any, telemetry_of: Make, monkeypatch: Any, scrape: Any, limit: str
) -> None:
    monkeypatch.setattr(f"otel_agent.receivers.otlp.native_plan.{limit}", {"_MAX_REQUESTS": 1, "_MAX_BYTES": 1024}[limit])
    receiver = await receive(http={})
    sink.gate.clear()
    target, url = f"127.0.0.1:{port_of(receiver)}", f"http://127.0.0.1:{port_of(receiver)}/v1/traces"
    begun = asyncio.create_task(call(target, telemetry_of().data))
    await asyncio.wait_for(sink.arrived.wait(), 5)
    with pytest.raises(aio.AioRpcError) as caught:
        await call(target, telemetry_of().data)
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    assert (caught.value.code(), retry_delay(Status.FromString(details))) == (Code.UNAVAILABLE, 1.0)
    for media_type in ("application/x-protobuf", "application/json"):
        async with http.post(url, data=telemetry_of().data, headers={"Content-Type": media_type}) as answer:
            assert (answer.status, answer.headers["Retry-After"], answer.content_type) == (503, "1", media_type)
    sink.gate.set()
    assert await begun == b""
    assert await call(target, telemetry_of().data) == b""
    assert scrape()[HITS % "in_progress"] == 3


async def test_with_the_gate_on_a_port_at_its_limits_reads_on_later(
    front_end: FeatureGates, receive: Any, call: Any, http: aiohttp.ClientSession, sink: Any, telemetry_of: Make, monkeypatch: Any
) -> None:
    monkeypatch.setattr("otel_agent.receivers.otlp.native_plan._MAX_REQUESTS", 2)
    front_end.set(WAIT_WHEN_FULL, enabled=True)
    receiver = await receive(http={})
    sink.gate.clear()
    target, url = f"127.0.0.1:{port_of(receiver)}", f"http://127.0.0.1:{port_of(receiver)}/v1/traces"
    calls = [asyncio.create_task(call(target, telemetry_of().data)) for _ in range(5)]
    posts = [asyncio.create_task(http.post(url, data=telemetry_of().data, headers=PROTOBUF)) for _ in range(5)]
    await asyncio.wait_for(sink.arrived.wait(), 5)
    await asyncio.sleep(0.05)
    sink.gate.set()
    assert await asyncio.gather(*calls) == [b""] * 5
    assert [answer.status for answer in await asyncio.gather(*posts)] == [200] * 5
    assert len(sink.received) == 10


async def test_a_body_over_the_limit_is_answered_though_the_client_only_writes(receive: Any, scrape: Any) -> None:
    receiver = await receive(http={"max_request_body_size": 1000})
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 3000000\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(head + bytes(3_000_000))
    async with asyncio.timeout(10):
        await writer.drain()
        assert b" 400 " in await reader.readline()
    writer.close()
    assert scrape()[HITS % "body_size"] == 1


@pytest.mark.parametrize("sent", [b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"P", b"PR"])
async def test_a_head_that_does_not_end_is_cut_off(receive: Any, sent: bytes, scrape: Any) -> None:
    receiver = await receive(http={"read_header_timeout": "50ms"})
    assert await raw(port_of(receiver), sent) == b""
    assert scrape()[HITS % "header_time"] == 1


async def test_connections_that_rest_are_closed_and_counted(receive: Any, scrape: Any) -> None:
    receiver = await receive(http={"idle_timeout": "50ms"})
    assert await raw(port_of(receiver), b"") == b""
    assert scrape()[HITS % "idle_time"] == 1


async def test_connections_beyond_the_limit_wait_and_are_counted(
    receive: Any, http: aiohttp.ClientSession, telemetry_of: Make, monkeypatch: Any, scrape: Any
) -> None:
    monkeypatch.setattr("otel_agent.receivers.otlp.native_plan._MAX_CONNECTIONS", 1)
    receiver = await receive(http={})
    _, first = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    url = f"http://127.0.0.1:{port_of(receiver)}/v1/traces"
    second = asyncio.create_task(http.post(url, data=telemetry_of().data, headers=PROTOBUF))
    await until(lambda: scrape()[HITS % "connections"] > 0)
    assert not second.done()
    first.close()
    assert (await asyncio.wait_for(second, 5)).status == 200


async def test_limits_that_bit_are_said_in_the_log(
    receive: Any, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = await receive(http={"max_request_body_size": 10})
    for _ in range(3):
        async with http.post(f"http://127.0.0.1:{port_of(receiver)}/v1/traces", data=bytes(11), headers=PROTOBUF) as answer:
            assert answer.status == 400
    await receiver.shutdown()
    [record] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert record.getMessage() == "Refused requests because of their size"
    assert (record.limit, record.count) == ("body_size", 3)  # type: ignore[attr-defined]


async def test_without_descriptors_the_receiver_is_in_trouble_until_there_are_some(
    receive: Any, host: Any, scrape: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("otel_agent.receivers.otlp.native_limits.LOOK_SECONDS", 0.3)
    receiver = await receive(http={})
    clients = [socket.socket() for _ in range(8)]  # more than descriptors that earlier tests may still give back
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(client.fileno() for client in clients) + 1, hard))
        for client in clients:
            client.setblocking(False)
            with contextlib.suppress(OSError):
                while True:
                    spare.append(os.dup(client.fileno()))
            await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port_of(receiver)))
        await until(lambda: scrape()[HITS % "accept"] > 0 and bool(host.statuses))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in spare:
            os.close(descriptor)
    await until(lambda: len(host.statuses) > 1)
    for client in clients:
        client.close()
    reason = "connections cannot be accepted: descriptors or memory are used up"
    assert host.statuses == [("StatusRecoverableError", reason), ("StatusOK", "")]


async def test_a_port_that_cannot_be_served_any_more_ends_the_collector(receive: Any, host: Any) -> None:
    receiver = await receive(http={})
    assert break_listener(port_of(receiver))
    await until(lambda: bool(host.fatal))
    assert str(host.fatal[0]).startswith("127.0.0.1:0: the listening socket accepts no connections any more: Invalid argument")


async def test_a_connection_that_rests_between_requests_outlives_the_time_for_heads(receive: Any, telemetry_of: Make) -> None:
    receiver = await receive(http={"read_header_timeout": "50ms"})
    body = telemetry_of().data
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    for _ in range(2):
        writer.write(head + body)
        assert b" 200 " in await asyncio.wait_for(reader.readline(), 5)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        await asyncio.sleep(0.3)
    writer.close()


async def test_half_a_head_does_not_hold_a_stop_up(receive: Any) -> None:
    receiver = await receive(http={})
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\n")
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await receiver.shutdown()
    assert time.monotonic() - began < 4
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


POST = b"\x83\x86\x84\x01\x01x"
FLOODS = {
    "rapid reset": b"".join(frame(1, 4, 1 + 2 * n, POST) + frame(3, 0, 1 + 2 * n, b"\0\0\0\x08") for n in range(2000)),
    "CONTINUATION": frame(1, 0, 1, POST) + frame(9, 0, 1, b"\x00\x01a\x7f\x00" + b"b" * 127) * 5000,
    "too large a frame": struct.pack(">I", 0xFFFFFF)[1:] + bytes([0, 0, 0, 0, 0, 1]) + bytes(2_000_000),
    "DATA on no stream": frame(0, 0, 7, b"x") * 10,
}


@pytest.mark.parametrize("flood", list(FLOODS))
async def test_http2_floods_end_their_connection_only(receive: Any, call: Any, telemetry_of: Make, sink: Any, flood: str) -> None:
    receiver = await receive(grpc={})
    answer = await raw(port_of(receiver), PREFACE + frame(4, 0, 0) + FLOODS[flood])
    assert answer == b"" or b"\x07\x00\x00\x00\x00\x00" in answer  # GOAWAY, where the reset did not overtake it
    assert await call(f"127.0.0.1:{port_of(receiver)}", telemetry_of().data) == b""
    assert len(sink.received) == 1


@pytest.mark.parametrize("body", [b"\x00\x00\x00\x00\x05abc", b"\x00\x00", b"", b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"])
async def test_what_is_not_one_whole_message_is_refused(receive: Any, body: bytes) -> None:
    receiver = await receive(grpc={})
    path = export_method(Signal.TRACES).encode()
    fields = b"\x83\x86\x04" + bytes([len(path)]) + path + b"\x00\x0ccontent-type\x10application/grpc"
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(PREFACE + frame(4, 0, 0) + frame(1, 4, 1, fields) + frame(0, 1, 1, body))
    got = b""
    async with asyncio.timeout(5):
        while b"grpc-status" not in got and b"\x9a\xca\xc8" not in got:  # as it is, or packed by HPACK
            more = await reader.read(4096)
            assert more
            got += more
    writer.close()


class Fates:
    """A consumer that takes at once, waits and takes, refuses at once, or waits and refuses, by the number of items."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def consume_now(self, telemetry: Telemetry) -> bool:
        if telemetry.items % 4 == 2:
            raise RetryableError("at once")
        if telemetry.items % 4:
            return False
        self.taken.append(telemetry.items)
        return True

    async def consume(self, telemetry: Telemetry) -> None:
        await asyncio.sleep(0.001)
        if telemetry.items % 4 == 3:
            raise RetryableError("later")
        self.taken.append(telemetry.items)


async def test_requests_of_every_fate_that_come_together_are_answered_once_each(
    receive: Any, telemetry_of: Make, sink: Any, scrape: Callable[[], dict[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fates = Fates()
    for name in ("consume", "consume_now"):
        monkeypatch.setattr(type(sink), name, staticmethod(getattr(fates, name)), raising=False)
    receiver = await receive(grpc={})
    async with aio.insecure_channel(f"127.0.0.1:{port_of(receiver)}") as channel:
        method = channel.unary_unary(export_method(Signal.TRACES), None, None)
        calls = [method(telemetry_of(items=1 + number % 40).data, timeout=20) for number in range(400)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    said = [answer if isinstance(answer, bytes) else answer.details() for answer in answers]
    assert said == [(b"", b"", "at once", "later")[(1 + number % 40) % 4] for number in range(400)]
    assert sorted(fates.taken) == sorted(items for number in range(400) if (items := 1 + number % 40) % 4 < 2)
    name = 'otelcol_receiver_%s_spans{receiver="otlp",transport="grpc"}'
    assert scrape()[name % "accepted"] == sum(fates.taken)
    assert scrape()[name % "refused"] == sum(1 + number % 40 for number in range(400)) - sum(fates.taken)
