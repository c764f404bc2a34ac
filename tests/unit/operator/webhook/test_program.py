"""Start, readiness and stop of the whole program, with a certificate from files."""

import asyncio
import datetime as dt
import gzip
import ssl
from pathlib import Path

import aiohttp
import pytest

from otel_operator.json_types import JsonObject
from otel_operator.webhook.certificates.files import CertificateFiles
from otel_operator.webhook.certificates.material import Material
from otel_operator.webhook.certificates.plan import Policy, Step, advance
from otel_operator.webhook.errors import CertificateError
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.program import Address, Background, Listening, WebhookProgram
from otel_operator.webhook.tls import ServingContext

LOCAL = Address(0, "127.0.0.1")


def write_pair(folder: Path) -> Material:
    material = advance(Step.CREATE, None, ("127.0.0.1",), dt.datetime.now(dt.UTC), Policy())
    (folder / "tls.crt").write_text(material.certificate)
    (folder / "tls.key").write_text(material.key)
    return material


async def echo(body: JsonObject) -> JsonObject:
    return body


def program(
    folder: Path, *, shutdown_delay: float = 0.0, refresh_seconds: float = 0.05, background: Background | None = None
) -> WebhookProgram:
    context = ServingContext()
    source = CertificateFiles(folder / "tls.crt", folder / "tls.key", context)
    listening = Listening(LOCAL, LOCAL, LOCAL, shutdown_delay, refresh_seconds)
    return WebhookProgram({"/echo": echo}, source, context, WebhookMetrics(), listening, background)


async def post(port: int, trusted: str) -> object:
    client = ssl.create_default_context(cadata=trusted)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"https://127.0.0.1:{port}/echo", json={"a": 1}, ssl=client) as answer,
    ):
        return await answer.json()


async def readiness(port: int) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status, await answer.text()


async def test_serves_ready_and_takes_a_new_certificate_without_restart(tmp_path: Path) -> None:
    first = write_pair(tmp_path)
    running = program(tmp_path)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.ready.wait(), 5)
    assert await post(running.port, first.bundle) == {"a": 1}
    assert await readiness(running.probe_port) == (200, "ok\n")

    second = write_pair(tmp_path)
    async with asyncio.timeout(5):
        while True:
            try:
                assert await post(running.port, second.bundle) == {"a": 1}
                break
            except aiohttp.ClientConnectorCertificateError:
                await asyncio.sleep(0.02)
    running.stop()
    await asyncio.wait_for(task, 5)


async def test_compressed_body_is_not_inflated(tmp_path: Path) -> None:
    material = write_pair(tmp_path)
    running = program(tmp_path)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.ready.wait(), 5)
    client = ssl.create_default_context(cadata=material.bundle)
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"https://127.0.0.1:{running.port}/echo",
            data=gzip.compress(b'{"a": 1}'),
            headers={"Content-Encoding": "gzip"},
            ssl=client,
        ) as answer,
    ):
        assert (answer.status, await answer.text()) == (415, "reviews are taken uncompressed only\n")
    running.stop()
    await asyncio.wait_for(task, 5)


async def test_stop_does_not_wait_for_a_hanging_refresh(tmp_path: Path) -> None:
    class Hanging:
        async def refresh(self) -> None:
            await asyncio.Event().wait()

    listening = Listening(LOCAL, LOCAL, LOCAL, 0.0, 0.05)
    running = WebhookProgram({"/echo": echo}, Hanging(), ServingContext(), WebhookMetrics(), listening)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.alive.wait(), 5)
    running.stop()
    await asyncio.wait_for(task, 5)


async def test_goes_unready_before_it_stops_serving(tmp_path: Path) -> None:
    material = write_pair(tmp_path)
    running = program(tmp_path, shutdown_delay=0.5)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.ready.wait(), 5)
    running.stop()
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while (await readiness(running.probe_port))[0] == 200:  # noqa: ASYNC110 - asked over HTTP, as the kubelet does
            await asyncio.sleep(0.01)
    assert await readiness(running.probe_port) == (503, "shutting down\n")
    assert await post(running.port, material.bundle) == {"a": 1}
    await asyncio.wait_for(task, 5)
    with pytest.raises(aiohttp.ClientConnectorError):
        await post(running.port, material.bundle)


async def test_is_alive_but_not_ready_without_a_certificate(tmp_path: Path) -> None:
    running = program(tmp_path)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.alive.wait(), 5)
    assert await readiness(running.probe_port) == (503, "waiting for the serving certificate\n")
    running.stop()
    await asyncio.wait_for(task, 5)


async def test_unreadable_certificate_file_is_named(tmp_path: Path) -> None:
    source = CertificateFiles(tmp_path / "tls.crt", tmp_path / "tls.key", ServingContext())
    with pytest.raises(CertificateError, match=r"tls\.crt cannot be read"):
        await source.refresh()


class Work:
    """Background work that waits for a test."""

    def __init__(self, error: Exception | None = None) -> None:
        self.reason: str | None = "reading namespaces"
        self.go = asyncio.Event()
        self.cancelled = False
        self._error = error

    def not_ready(self) -> str | None:
        return self.reason

    async def run(self) -> None:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self._error is not None:
            raise self._error


async def test_webhooks_are_served_while_the_background_work_keeps_it_unready(tmp_path: Path) -> None:
    material, work = write_pair(tmp_path), Work()
    running = program(tmp_path, background=work)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.ready.wait(), 5)
    assert await post(running.port, material.bundle) == {"a": 1}
    assert await readiness(running.probe_port) == (503, "reading namespaces\n")
    work.reason = None
    assert await readiness(running.probe_port) == (200, "ok\n")
    running.stop()
    await asyncio.wait_for(task, 5)
    assert work.cancelled


async def test_an_error_of_the_background_work_ends_the_program(tmp_path: Path) -> None:
    write_pair(tmp_path)
    work = Work(ZeroDivisionError("a fault of ours"))
    running = program(tmp_path, background=work)
    task = asyncio.create_task(running.run())
    await asyncio.wait_for(running.ready.wait(), 5)
    work.go.set()
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(task, 5)
