"""How scrapes are answered over HTTP."""

import asyncio
import gzip
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.exporters.prometheus import server
from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from otel_agent.exporters.prometheus.factory import create
from otel_agent.extensions.basic_auth.config import BasicAuthConfig
from otel_agent.extensions.basic_auth.factory import create as create_auth
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import StartError
from tests.unit.agent.authority import Authority
from tests.unit.agent.exporters.prometheus.metric_requests import OPENMETRICS, gauge_of


async def test_head_has_the_headers_and_no_body(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0))
    async with running.session.head(running.url, headers={"Accept-Encoding": "identity"}) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) == len(await (await running.get(**{"Accept-Encoding": "identity"})).read())


async def test_other_paths_are_404_and_other_methods_405(start: Any) -> None:
    running = await start()
    assert (await running.session.get(running.url + "/x")).status == 404
    assert (await running.session.post(running.url)).status == 405


async def test_the_answer_is_packed_for_those_who_take_gzip(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0))
    plain = await running.get(**{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        packed = await session.get(running.url, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await packed.read()) == await plain.read()


async def test_configured_headers_are_on_every_answer(start: Any) -> None:
    running = await start(response_headers={"X-Own": "1"}, keep_alives_enabled=False)
    response = await running.get()
    assert (response.headers["X-Own"], response.headers["Connection"]) == ("1", "close")


async def test_many_scrapes_at_once_get_the_same(start: Any) -> None:
    running = await start()
    await running.send(*(gauge_of("load", 1.0, attributes={"n": str(n)}) for n in range(3000)), resource={})
    texts = await asyncio.gather(*(running.scrape(OPENMETRICS) for _ in range(8)))
    assert len(set(texts)) == 1
    assert texts[0].count("\nload{") == 3000


async def test_points_that_come_while_a_scrape_is_written_do_not_disturb_it(start: Any) -> None:
    running = await start()
    await running.send(*(gauge_of("load", 1.0, attributes={"n": str(n)}) for n in range(3000)), resource={})
    scraping = asyncio.create_task(running.scrape())
    for number in range(20):
        await running.send(gauge_of("load", 2.0, attributes={"n": f"new{number}"}), resource={})
        await running.send(gauge_of("load", 2.0, time=2, flags=1, attributes={"n": str(2999 - number)}), resource={})
    text = await scraping
    assert 2980 <= text.count("\nload{") <= 3020


async def test_connections_beyond_the_bound_are_closed_and_counted(start: Any, scrape: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 1)
    running = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", running.peer.server.port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readline()
    other, other_writer = await asyncio.open_connection("127.0.0.1", running.peer.server.port)
    assert await other.read() == b""
    assert scrape()['otelcol_exporter_prometheus_refused_connections{exporter="prometheus"}'] == 1
    for each in (writer, other_writer):
        each.close()


async def test_a_taken_port_fails_the_start(start: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StartError, match="listen tcp 127"):
        await start(endpoint=f"127.0.0.1:{taken.getsockname()[1]}")


async def test_it_listens_on_a_unix_socket(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "scrape.sock"
    running = await start(endpoint=str(path), transport="unix")
    await running.send(gauge_of("load", 1.0), resource={})
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
        assert "load 1.0" in await (await session.get("http://x/metrics")).text()
    await running.exporter.shutdown()
    assert not path.exists()


async def test_it_serves_tls_and_demands_a_certificate_where_told_to(start: Any, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    running = await start(tls={**authority.issue("server"), "client_ca_file": authority.ca_file})
    await running.send(gauge_of("load", 1.0), resource={})
    url = running.url.replace("http:", "https:")
    stranger = ssl.create_default_context(cafile=authority.ca_file)
    known = ssl.create_default_context(cafile=authority.ca_file)
    client = authority.issue("client")
    known.load_cert_chain(client["cert_file"], client["key_file"])
    async with running.session.get(url, ssl=known) as response:
        assert "load 1.0" in await response.text()
    with pytest.raises(aiohttp.ClientError):
        await running.session.get(url, ssl=stranger)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"cors": {"allowed_origins": ["*"]}}, "cors: not supported"),
        ({"middlewares": [{"id": "x"}]}, "middlewares are not supported"),
        ({"tls": {"cert_pem": "x", "key_pem": "y"}}, "tls"),
        ({"auth": {"authenticator": "absent"}}, "not running"),
        ({"namespace": "..."}, "namespace"),
    ],
)
async def test_what_cannot_be_honoured_fails_the_start(start: Any, config: Any, message: str) -> None:
    with pytest.raises(StartError, match=message):
        await start(**config)


async def test_an_authenticator_is_asked(start: Any, host: Any, make_context: Any) -> None:
    config = BasicAuthConfig.model_validate({"htpasswd": {"inline": "anna:secret"}})
    extension: Any = create_auth(config, make_context(ComponentKind.EXTENSION, "basic_auth", None))
    await extension.start(host)
    host.extension = {ComponentId("basic_auth"): extension}.__getitem__
    running = await start(auth={"authenticator": "basic_auth"})
    assert (await running.get()).status == 401
    right = aiohttp.encode_basic_auth("anna", "secret")
    assert (await running.get(Authorization=right)).status == 200
    await extension.shutdown()


def test_a_replacement_starts_after_it_has_let_go_of_its_port(make_context: Any) -> None:
    config = PrometheusExporterConfig.model_validate({"endpoint": "127.0.0.1:0"})
    exporter: Any = create(config, make_context(ComponentKind.EXPORTER, "prometheus", Signal.METRICS))
    assert exporter.overlaps is False
