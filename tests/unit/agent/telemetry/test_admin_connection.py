"""The admin server against clients that misbehave, on real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.telemetry import admin, admin_connection
from otel_agent.telemetry.admin import AdminServer, Reply


def broken() -> Reply:
    raise RuntimeError("no page today")


@pytest.fixture
async def server() -> AsyncIterator[AdminServer]:
    server = AdminServer(TcpAddress("127.0.0.1", 0), {"/page": lambda: Reply("text"), "/broken": broken})
    await server.start()
    yield server
    await server.stop()


async def talk(server: AdminServer, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


async def test_one_connection_serves_several_requests(server: AdminServer) -> None:
    request = b"GET /page?a=1 HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await talk(server, request + request.replace(b"Host", b"Connection: close\r\nHost"))
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert answer.endswith(b"\r\n\r\ntext")


async def test_head_gets_the_length_and_no_body(server: AdminServer) -> None:
    answer = await talk(server, b"HEAD /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 4\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET /page HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"]
)
async def test_what_is_not_http_gets_400(server: AdminServer, sent: bytes) -> None:
    assert (await talk(server, sent)).startswith(b"HTTP/1.1 400 ")


async def test_a_head_without_end_is_refused(server: AdminServer) -> None:
    answer = await talk(server, b"GET /page HTTP/1.1\r\n" + b"A: b\r\n" * 20_000)
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_page_that_fails_is_500_and_the_server_goes_on(server: AdminServer) -> None:
    end = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert (await talk(server, b"GET /broken" + end)).startswith(b"HTTP/1.1 500 ")
    assert (await talk(server, b"GET /page" + end)).startswith(b"HTTP/1.1 200 ")


async def test_a_silent_client_is_let_go(server: AdminServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_connection, "IDLE_SECONDS", 0.05)
    assert await talk(server, b"GET /page") == b""


async def test_more_connections_than_anybody_needs_are_closed_and_that_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(admin, "_MOST_CONNECTIONS", 1)
    server = AdminServer(TcpAddress("127.0.0.1", 0), {"/page": lambda: Reply("text")})
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\ntext")
    assert [await talk(server, b"") for _ in range(2)] == [b"", b""]
    assert [record.message for record in caplog.records] == ["Connections to an admin server refused, too many are open"]
    writer.close()
    await server.stop()


async def test_stop_ends_open_connections(server: AdminServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\ntext")
    await server.stop()
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
