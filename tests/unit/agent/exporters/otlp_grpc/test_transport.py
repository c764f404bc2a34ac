"""What both gRPC clients make of servers that misbehave, go away, or are several: one suite for native and portable."""

import asyncio
import gzip
import random
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.transport.content_encoding import compress
from otel_agent.transport.status_codes import GrpcCode
from tests.unit.agent.exporters.otlp_grpc import raw_server as raw

Make = Callable[..., Telemetry]
REFUSED_STREAM, CANCEL, PROTOCOL_ERROR = 7, 8, 1
NATIVE_ONLY = pytest.mark.parametrize("client", ["native"], indirect=True)


@pytest.fixture
async def raw_server() -> AsyncIterator[Any]:
    server = raw.RawServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def send(raw_server: Any, export: Any, telemetry_of: Make) -> Any:
    """Send one request to the raw server with a new exporter."""

    async def run(**keys: Any) -> None:
        exporter = await export(**{"endpoint": f"http://127.0.0.1:{raw_server.port}"} | keys)
        await exporter.consume(telemetry_of())

    return run


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- the other end has no event for it
            await asyncio.sleep(0.01)


async def failure(sending: Any) -> ConsumeError:
    with pytest.raises(ConsumeError) as caught:
        await sending
    return caught.value


def scripted(*answers: Any) -> Callable[[int], bytes | None]:
    """Give these answers in turn, each the parts of a response or a function of the stream's number."""
    left = list(answers)

    def run(stream: int) -> bytes | None:
        found = left.pop(0)
        answered: bytes | None = found(stream) if callable(found) else raw.answer(stream, found)
        return answered

    return run


async def test_a_message_is_decoded_and_details_are_read(raw_server: Any, send: Any) -> None:
    # google.rpc.Status{code: 14, details: [RetryInfo{retry_delay: 3 s}]}
    details = "CA4aMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIAw"
    trailers = {"grpc-status": "14", "grpc-message": "50%25 caf%C3%A9", "grpc-status-details-bin": details}
    raw_server.script = scripted([raw.GRPC | trailers])
    error = await failure(send())
    assert str(error) == "rpc error: code = Unavailable desc = 50% café"
    assert error.retry_after == 3.0


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("400", PermanentError, GrpcCode.INTERNAL),
        ("401", PermanentError, GrpcCode.UNAUTHENTICATED),
        ("403", PermanentError, GrpcCode.PERMISSION_DENIED),
        ("404", PermanentError, GrpcCode.UNIMPLEMENTED),
        ("429", RetryableError, GrpcCode.UNAVAILABLE),
        ("500", PermanentError, GrpcCode.UNKNOWN),
        ("502", RetryableError, GrpcCode.UNAVAILABLE),
        ("503", RetryableError, GrpcCode.UNAVAILABLE),
        ("504", RetryableError, GrpcCode.UNAVAILABLE),
    ],
)
async def test_an_answer_that_is_not_grpc_is_judged_by_its_http_status(
    raw_server: Any, send: Any, status: str, kind: type[ConsumeError], code: GrpcCode
) -> None:
    raw_server.script = scripted([{":status": status, "content-type": "text/html"}, (b"<html>sorry</html>",)])
    error = await failure(send())
    assert (type(error), error.grpc_code) == (kind, code)


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        ([{":status": "200", "content-type": "text/html"}, (b"<html>",)], {GrpcCode.UNKNOWN, GrpcCode.INTERNAL}),
        ([{**raw.GRPC}, b"", {"x": "y"}], {GrpcCode.UNKNOWN}),
        ([raw.GRPC, b"", {"grpc-status": "many"}], {GrpcCode.UNKNOWN, GrpcCode.INTERNAL}),
        ([raw.GRPC, (raw.message(b"no gzip", packed=True),), {"grpc-status": "0"}], {GrpcCode.INTERNAL}),
        (
            [raw.GRPC | {"grpc-encoding": "gzip"}, (raw.message(b"no gzip", packed=True),), {"grpc-status": "0"}],
            {GrpcCode.INTERNAL},
        ),
        ([raw.GRPC, (b"\0\x7f\xff\xff\xff" + bytes(1000),), {"grpc-status": "0"}], {GrpcCode.RESOURCE_EXHAUSTED}),
    ],
    ids=["HTML", "no status", "no number", "no encoding", "broken gzip", "huge"],
)
async def test_garbage_for_an_answer_is_a_permanent_error(
    raw_server: Any, send: Any, parts: list[Any], codes: set[GrpcCode]
) -> None:
    raw_server.script = scripted(parts)
    error = await failure(send())
    assert isinstance(error, PermanentError)
    assert error.grpc_code in codes, str(error)


@NATIVE_ONLY  # grpcio takes half a message for none
async def test_half_a_message_is_a_permanent_error(raw_server: Any, send: Any) -> None:
    raw_server.script = scripted([raw.GRPC, (b"\0\0\0\0\1",), {"grpc-status": "0"}])
    assert isinstance(await failure(send()), PermanentError)


async def test_a_packed_answer_is_unpacked(raw_server: Any, send: Any, caplog: pytest.LogCaptureFixture) -> None:
    partial = b"\x0a\x04\x08\x02\x12\x00"  # rejected_spans: 2
    packed = raw.message(gzip.compress(partial), packed=True)
    raw_server.script = scripted([raw.GRPC | {"grpc-encoding": "gzip"}, (packed,), {"grpc-status": "0"}])
    await send()
    assert [record.__dict__["rejected_items"] for record in caplog.records] == [2]


@NATIVE_ONLY  # grpcio does not send requests so packed
@pytest.mark.parametrize("encoding", ["zstd", "snappy"])
async def test_an_answer_packed_as_the_request_is_unpacked(
    raw_server: Any, send: Any, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    packed = raw.message(
        compress({"snappy": "x-snappy-framed"}.get(encoding, encoding), b"\x0a\x04\x08\x02\x12\x00"), packed=True
    )
    raw_server.script = scripted([raw.GRPC | {"grpc-encoding": encoding}, (packed,), {"grpc-status": "0"}])
    await send(compression=encoding)
    assert [record.__dict__["rejected_items"] for record in caplog.records] == [2]


@NATIVE_ONLY
@pytest.mark.parametrize(
    ("encoding", "body", "code"),
    [
        ("zstd", b"no zstd", GrpcCode.INTERNAL),
        ("zstd", compress("zstd", bytes(5_000_000)), GrpcCode.RESOURCE_EXHAUSTED),
        ("gzip", gzip.compress(bytes(5_000_000)), GrpcCode.RESOURCE_EXHAUSTED),
        ("rot13", b"no", GrpcCode.INTERNAL),
    ],
)
async def test_an_answer_that_cannot_be_unpacked_is_a_permanent_error(
    raw_server: Any, send: Any, encoding: str, body: bytes, code: GrpcCode
) -> None:
    parts = [raw.GRPC | {"grpc-encoding": encoding}, (raw.message(body, packed=True),), {"grpc-status": "0"}]
    raw_server.script = scripted(parts)
    error = await failure(send())
    assert isinstance(error, PermanentError)
    assert error.grpc_code == code


@pytest.mark.parametrize(
    ("code", "kind"), [(CANCEL, RetryableError), (PROTOCOL_ERROR, PermanentError)], ids=["CANCEL", "PROTOCOL_ERROR"]
)
async def test_a_stream_that_the_server_resets_has_failed(
    raw_server: Any, send: Any, code: int, kind: type[ConsumeError]
) -> None:
    raw_server.script = scripted(lambda stream: raw.reset(stream, code))
    assert isinstance(await failure(send()), kind)
    assert raw_server.requests == 1


@NATIVE_ONLY  # grpcio leaves it to the exporter's retries
async def test_a_refused_stream_is_sent_again_at_once(raw_server: Any, send: Any) -> None:
    raw_server.script = scripted(lambda stream: raw.reset(stream, REFUSED_STREAM), raw.SUCCESS)
    await send()
    assert raw_server.requests == 2


async def test_a_server_that_refuses_every_stream_is_not_asked_for_ever(raw_server: Any, send: Any, client: str) -> None:
    raw_server.script = lambda stream: raw.reset(stream, REFUSED_STREAM)
    assert isinstance(await failure(send()), RetryableError)
    assert raw_server.requests == (2 if client == "native" else 1)


async def test_a_request_that_a_leaving_server_did_not_take_goes_to_the_next_connection(raw_server: Any, send: Any) -> None:
    raw_server.script = scripted(lambda _: raw.goaway(0), raw.SUCCESS)
    await send()
    assert (raw_server.requests, raw_server.connections) == (2, 2)


async def test_a_leaving_server_may_answer_what_it_took(raw_server: Any, export: Any, telemetry_of: Make) -> None:
    raw_server.script = scripted(lambda stream: raw.goaway(stream) + raw.answer(stream, raw.SUCCESS), raw.SUCCESS)
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="20s")
    await exporter.consume(telemetry_of())
    await exporter.consume(telemetry_of())
    assert (raw_server.requests, raw_server.connections) == (2, 2)


async def test_a_server_that_leaves_after_every_request_is_met_again_at_once(
    raw_server: Any, export: Any, telemetry_of: Make
) -> None:
    raw_server.script = lambda stream: raw.answer(stream, raw.SUCCESS) + raw.goaway(stream)
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="20s")
    for _ in range(20):
        await exporter.consume(telemetry_of())
    assert raw_server.requests == 20
    assert raw_server.connections in (20, 21)  # grpcio may be connecting again already after the last one


@NATIVE_ONLY
async def test_a_server_that_greets_and_hangs_up_is_not_asked_without_pause(
    raw_server: Any, export: Any, telemetry_of: Make
) -> None:
    raw_server.hangs_up = True
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="1s", wait_for_ready=True)
    await failure(exporter.consume(telemetry_of()))
    assert 1 <= raw_server.connections <= 6


async def test_a_request_is_not_sent_twice_when_the_connection_is_lost(raw_server: Any, send: Any) -> None:
    raw_server.script = lambda _: None
    error = await failure(send())
    assert isinstance(error, RetryableError)
    assert error.grpc_code == GrpcCode.UNAVAILABLE
    assert raw_server.requests == 1


@NATIVE_ONLY
@pytest.mark.parametrize("seed", range(40))
async def test_random_frames_end_a_request_with_a_status(raw_server: Any, send: Any, seed: int) -> None:
    chance = random.Random(seed)

    def garbage(stream: int) -> bytes:
        found = raw.frame(raw.HEADERS, raw.END_HEADERS, stream, raw.fields(raw.GRPC)) if chance.random() < 0.5 else b""
        for _ in range(chance.randrange(1, 20)):
            kind, flags = chance.randrange(0, 12), chance.randrange(0, 256)
            target = chance.choice([0, stream, stream + 1, stream + 2])
            found += raw.frame(kind, flags, target, chance.randbytes(chance.choice([0, 4, 5, 6, 8, 100])))
        return found

    raw_server.script = garbage
    assert isinstance(await failure(send(timeout="1s")), ConsumeError)


async def test_something_else_than_http2_is_unavailable(raw_server: Any, send: Any) -> None:
    raw_server.greeting = b"SSH-2.0-OpenSSH_9.9\r\n"
    error = await failure(send(timeout="3s"))
    assert isinstance(error, RetryableError)
    assert raw_server.requests == 0


async def test_a_port_where_nobody_speaks_takes_no_longer_than_the_timeout(raw_server: Any, send: Any) -> None:
    raw_server.silent = True
    assert isinstance(await failure(send(timeout="200ms")), RetryableError)


async def test_a_slow_server_meets_the_timeout_and_hears_of_it(raw_server: Any, send: Any) -> None:
    raw_server.script = lambda _: b""
    assert isinstance(await failure(send(timeout="200ms")), RetryableError)
    await until(lambda: raw_server.resets == [CANCEL])


async def test_a_cancelled_request_is_taken_back(raw_server: Any, send: Any) -> None:
    raw_server.script = lambda _: b""
    sending = asyncio.create_task(send())
    await until(lambda: raw_server.requests == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await until(lambda: raw_server.resets == [CANCEL])


async def test_a_shutdown_ends_requests_that_wait_for_their_answer(raw_server: Any, export: Any, telemetry_of: Make) -> None:
    raw_server.script = lambda _: b""
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="0s")
    sending = asyncio.create_task(exporter.consume(telemetry_of()))
    await until(lambda: raw_server.requests == 1)
    await asyncio.wait_for(exporter.shutdown(), 20)
    await failure(asyncio.wait_for(sending, 20))


async def test_a_quiet_connection_is_pinged_when_asked_for(raw_server: Any, send: Any) -> None:
    await send(keepalive={"time": "1s", "timeout": "5s", "permit_without_stream": True})
    await until(lambda: raw_server.pings >= 2)
    assert raw_server.connections == 1


async def test_a_peer_that_does_not_answer_pings_is_given_up(raw_server: Any, send: Any) -> None:
    raw_server.answers_pings = False
    raw_server.script = lambda _: b""
    error = await failure(send(timeout="0s", keepalive={"time": "1s", "timeout": "100ms"}))
    assert error.grpc_code == GrpcCode.UNAVAILABLE


async def test_more_requests_than_a_server_takes_at_once_wait_for_their_turn(
    raw_server: Any, export: Any, telemetry_of: Make
) -> None:
    raw_server.greeting = raw.frame(raw.SETTINGS, 0, 0, b"\0\x03\0\0\0\x01")  # MAX_CONCURRENT_STREAMS 1
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="20s")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(exporter.consume(telemetry_of()))
    assert (raw_server.requests, raw_server.connections) == (50, 1)


async def test_a_large_request_goes_through_the_windows_of_the_server(server: Any, export: Any, telemetry_of: Make) -> None:
    big = telemetry_of(items=50_000)
    await (await export(compression="none", timeout="20s")).consume(big)
    assert server.requests == [big.data]


async def test_requests_take_turns_at_all_addresses(raw_server: Any, server: Any, export: Any, telemetry_of: Make) -> None:
    both = f"ipv4:127.0.0.1:{raw_server.port},127.0.0.1:{server.port}"
    exporter = await export(endpoint=both, tls={"insecure": True})
    async with asyncio.timeout(20):
        while not (raw_server.requests and server.requests):
            await exporter.consume(telemetry_of())


async def test_an_address_that_is_down_takes_no_requests(server: Any, export: Any, telemetry_of: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        dead = unused.getsockname()[1]
    exporter = await export(endpoint=f"ipv4:127.0.0.1:{dead},127.0.0.1:{server.port}", tls={"insecure": True}, timeout="20s")
    for _ in range(10):
        await exporter.consume(telemetry_of())
    assert len(server.requests) == 10


@pytest.mark.parametrize("first_is_up", [True, False])
async def test_pick_first_stays_with_the_first_address_that_answers(
    raw_server: Any, server: Any, export: Any, telemetry_of: Make, *, first_is_up: bool
) -> None:
    if not first_is_up:
        await raw_server.stop()
    both = f"ipv4:127.0.0.1:{raw_server.port},127.0.0.1:{server.port}"
    exporter = await export(endpoint=both, tls={"insecure": True}, balancer_name="pick_first", timeout="20s")
    for _ in range(6):
        await exporter.consume(telemetry_of())
    assert (raw_server.requests, len(server.requests)) == ((6, 0) if first_is_up else (0, 6))


async def test_a_server_that_went_and_came_back_is_found_again(raw_server: Any, export: Any, telemetry_of: Make) -> None:
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="20s", wait_for_ready=True)
    await exporter.consume(telemetry_of())
    await raw_server.stop()
    sending = asyncio.create_task(exporter.consume(telemetry_of()))
    await asyncio.sleep(0.1)
    await raw_server.start(raw_server.port)
    try:
        await asyncio.wait_for(sending, 20)
    except RetryableError:  # it was on its way when the connection went
        await exporter.consume(telemetry_of())
    assert raw_server.requests == 2


async def test_a_server_that_is_down_fails_requests_at_once(raw_server: Any, export: Any, telemetry_of: Make) -> None:
    await raw_server.stop()
    exporter = await export(endpoint=f"http://127.0.0.1:{raw_server.port}", timeout="0s")
    for _ in range(2):
        error = await failure(asyncio.wait_for(exporter.consume(telemetry_of()), 20))
        assert error.grpc_code == GrpcCode.UNAVAILABLE


@pytest.mark.parametrize("scheme", ["unix:", "unix://"])
async def test_a_unix_socket_is_a_peer_too(server: Any, export: Any, telemetry_of: Make, tmp_path: Path, scheme: str) -> None:
    await server.server.stop(0)
    await server.start(address=f"unix:{tmp_path}/otlp.sock")
    await (await export(endpoint=f"{scheme}{tmp_path}/otlp.sock", tls={"insecure": True})).consume(telemetry_of())
    assert len(server.requests) == 1


async def test_a_name_is_looked_up(server: Any, export: Any, telemetry_of: Make) -> None:
    exporter = await export(endpoint=f"dns:///localhost:{server.port}", tls={"insecure": True}, timeout="20s")
    await exporter.consume(telemetry_of())
    assert len(server.requests) == 1


async def test_a_name_that_nobody_knows_is_unavailable(export: Any, telemetry_of: Make) -> None:
    exporter = await export(endpoint="http://no-such-name.invalid:4317", timeout="20s")
    error = await failure(exporter.consume(telemetry_of()))
    assert isinstance(error, RetryableError)
    assert error.grpc_code == GrpcCode.UNAVAILABLE


async def test_metadata_and_user_agent_arrive(server: Any, export: Any, telemetry_of: Make) -> None:
    keys = {"headers": {"X-Tenant": "a", "trace-bin": "\x01\x02"}, "user_agent": "mine/1"}
    await (await export(**keys)).consume(telemetry_of())
    [found] = server.metadata
    assert (found["x-tenant"], found["trace-bin"]) == ("a", b"\x01\x02")
    assert found["user-agent"].startswith("mine/1")


async def test_metadata_that_cannot_be_sent_fails_the_request_only(server: Any, export: Any, telemetry_of: Make) -> None:
    exporter = await export(headers={"tenant": "line\nbreak"})
    assert isinstance(await failure(exporter.consume(telemetry_of())), PermanentError)
    assert server.requests == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "grpc_proxy"])
async def test_a_proxy_of_the_environment_is_used(
    server: Any, export: Any, telemetry_of: Make, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    asked = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            await asyncio.gather(copy(reader, other_writer), copy(other_reader, writer), return_exceptions=True)
        finally:
            for end in (writer, other_writer):
                end.transport.abort()  # left open, it fails whichever test runs when it is collected

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    exporter = await export(endpoint="http://gateway.invalid:4317", timeout="20s")
    await exporter.consume(telemetry_of())
    await exporter.shutdown()
    proxy.close()
    assert len(server.requests) == 1
    assert asked == [b"CONNECT gateway.invalid:4317 HTTP/1.1"]
