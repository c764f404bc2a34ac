"""TLS of both gRPC clients, against a grpcio server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import RetryableError, StartError
from tests.unit.agent.authority import Authority, content, overwrite

Make = Callable[..., Telemetry]
Serve = Callable[..., Awaitable[Any]]
NATIVE_ONLY = pytest.mark.parametrize("client", ["native"], indirect=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ca")


@pytest.fixture
async def serve(make_server: Callable[[], Any]) -> AsyncIterator[Serve]:
    """Start a server with a certificate of an authority; with `clients`, it demands one of that authority from clients."""
    started = []

    async def start(files: dict[str, str], clients: Authority | None = None, port: int = 0) -> Any:
        server = make_server()
        pair = (content(files["key_file"]), content(files["cert_file"]))
        roots = content(clients.ca_file) if clients is not None else None
        await server.start(port, credentials=grpc.ssl_server_credentials([pair], roots, clients is not None))
        started.append(server)
        return server

    yield start
    for server in started:
        await server.server.stop(0)


@pytest.fixture
def send(export: Any, telemetry_of: Make) -> Any:
    """Send one request to a server, with a tls block."""

    async def run(server: Any, host: str = "127.0.0.1", **tls: Any) -> None:
        await (await export(endpoint=f"{host}:{server.port}", tls=tls, timeout="10s")).consume(telemetry_of())

    return run


@pytest.mark.parametrize("version", ["1.2", "1.3"])
async def test_a_server_of_the_configured_ca_is_trusted(serve: Serve, send: Any, authority: Authority, version: str) -> None:
    server = await serve(authority.issue("server"))
    await send(server, ca_file=authority.ca_file, min_version=version, max_version=version)
    await send(server, ca_pem=content(authority.ca_file).decode())
    assert len(server.requests) == 2


async def test_a_server_of_another_ca_is_not(serve: Serve, send: Any, authority: Authority) -> None:
    server = await serve(Authority(authority.folder, "other").issue("server"))
    for tls in ({"ca_file": authority.ca_file}, {}, {"ca_file": authority.ca_file, "include_system_ca_certs_pool": True}):
        with pytest.raises(RetryableError):
            await send(server, **tls)
    assert server.requests == []


async def test_a_certificate_has_to_name_the_server(serve: Serve, send: Any, authority: Authority) -> None:
    server = await serve(authority.issue("server"))
    with pytest.raises(RetryableError):
        await send(server, host="localhost", ca_file=authority.ca_file)
    await send(server, host="localhost", ca_file=authority.ca_file, server_name_override="collector")
    assert len(server.requests) == 1


async def test_a_certificate_that_is_its_own_ca_is_trusted_by_itself(serve: Serve, send: Any, authority: Authority) -> None:
    server = await serve(authority.own())
    await send(server, ca_file=authority.ca_file)
    with pytest.raises(RetryableError):
        await send(server, host="localhost", ca_file=authority.ca_file)
    assert len(server.requests) == 1


async def test_a_client_shows_its_certificate(serve: Serve, send: Any, authority: Authority) -> None:
    server = await serve(authority.issue("server"), clients=authority)
    with pytest.raises(RetryableError):
        await send(server, ca_file=authority.ca_file)
    await send(server, ca_file=authority.ca_file, **authority.issue("client"))
    assert len(server.requests) == 1


async def test_a_plain_text_server_is_unavailable(server: Any, send: Any, authority: Authority) -> None:
    with pytest.raises(RetryableError):
        await send(server, ca_file=authority.ca_file)
    assert server.requests == []


async def test_a_changed_ca_is_used_for_new_connections(
    serve: Serve, export: Any, telemetry_of: Make, authority: Authority
) -> None:
    other = Authority(authority.folder, "other")
    server = await serve(other.issue("server"))
    tls = {"ca_file": authority.ca_file, "reload_interval": "1ms"}
    exporter = await export(endpoint=f"127.0.0.1:{server.port}", tls=tls, timeout="10s")
    with pytest.raises(RetryableError):
        await exporter.consume(telemetry_of())
    overwrite(authority.ca_file, content(other.ca_file))
    await asyncio.sleep(0.01)
    await exporter.consume(telemetry_of())
    assert len(server.requests) == 1


async def test_a_ca_that_cannot_be_read_any_more_leaves_the_old_one_in_use(
    serve: Serve, export: Any, telemetry_of: Make, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(authority.issue("server"))
    tls = {"ca_file": authority.ca_file, "reload_interval": "1ms"}
    exporter = await export(endpoint=f"127.0.0.1:{server.port}", tls=tls, timeout="10s")
    await exporter.consume(telemetry_of())
    overwrite(authority.ca_file, b"no certificate")
    await asyncio.sleep(0.01)
    await exporter.consume(telemetry_of())
    assert len(server.requests) == 2
    (record,) = [record for record in caplog.records if "could not be reloaded" in record.message]
    assert str(authority.ca_file) in record.error
    assert record.exc_info is None


@NATIVE_ONLY
async def test_the_check_of_the_server_can_be_skipped(serve: Serve, send: Any, authority: Authority) -> None:
    server = await serve(authority.issue("server"))
    await send(server, host="localhost", insecure_skip_verify=True)
    assert len(server.requests) == 1


@NATIVE_ONLY
async def test_a_key_of_another_certificate_fails_the_start(send: Any, authority: Authority, server: Any) -> None:
    files = authority.issue("one") | {"key_file": authority.issue("two")["key_file"]}
    with pytest.raises(StartError, match="tls: the certificate, key or CA cannot be used"):
        await send(server, ca_file=authority.ca_file, **files)


async def test_a_ca_file_without_a_certificate_fails_the_start(send: Any, server: Any, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(StartError, match="holds no PEM"):
        await send(server, ca_file=str(tmp_path / "ca.pem"))
