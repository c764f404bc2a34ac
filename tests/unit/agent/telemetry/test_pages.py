import aiohttp
import pytest

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.telemetry.admin import AdminServer, Reply
from otel_agent.telemetry.exposition import Naming
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.telemetry.pages import MetricsPages
from otel_agent.telemetry.settings import ReaderSettings


async def test_the_page_shows_the_registry() -> None:
    metrics = SelfMetrics()
    metrics.counter("c", "Help.", {}).add(2)
    pages = MetricsPages(metrics, {"service.name": "x"}, [ReaderSettings("127.0.0.1", 0, Naming())])
    await pages.start()
    try:
        url = f"http://127.0.0.1:{pages.ports[0]}"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/metrics") as answer:
                assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
                assert "otelcol_c 2\n" in await answer.text()
            assert (await session.get(f"{url}/other")).status == 404
            assert (await session.post(f"{url}/metrics")).status == 405
    finally:
        await pages.stop()


async def test_a_taken_port_is_named_in_the_error() -> None:
    first = AdminServer(TcpAddress("127.0.0.1", 0), {"/": lambda: Reply("")})
    await first.start()
    second = AdminServer(TcpAddress("127.0.0.1", first.port), {"/": lambda: Reply("")})
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{first.port}"):
        await second.start()
    await first.stop()
    await second.stop()


@pytest.mark.parametrize("host", ["x" * 300, "é..a", "a\0b"])
async def test_a_host_that_is_no_name_is_named_in_the_error(host: str) -> None:
    with pytest.raises(OSError, match=f"cannot listen on {host}:1: "):
        await AdminServer(TcpAddress(host, 1), {}).start()
