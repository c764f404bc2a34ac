"""A collector with workers as processes, with a destination and senders around it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal

START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Destination:
    """An OTLP/HTTP server that counts the log records it gets, and refuses everything while it is `down`."""

    def __init__(self) -> None:
        self.port = 0
        self.down = False
        self.arrived: Counter[str] = Counter()
        self.own_metrics: list[Any] = []
        """Requests with the collector's own metrics."""
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.down:
            return web.Response(status=503)
        message = parse(Signal.LOGS, body)
        self.arrived.update(
            record.body.string_value
            for resource in message.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        )
        async with self._changed:
            self._changed.notify_all()
        return web.Response()

    async def take_metrics(self, request: web.Request) -> web.Response:
        self.own_metrics.append(parse(Signal.METRICS, await request.read()))
        return web.Response()

    async def until(self, names: set[str], seconds: float = 60.0) -> None:
        """Wait until all of them have arrived."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: names <= self.arrived.keys())


class Otelcol:
    """A running `otelcol`; its log goes to a file."""

    def __init__(
        self,
        folder: Path,
        config: dict[str, Any],
        *arguments: str,
        environment: dict[str, str] | None = None,
        prelude: str = "",
    ) -> None:
        """`prelude` is executed in the process first."""
        self.http, self.grpc, self.metrics_port, self.health_port = (free_port() for _ in range(4))
        self.log = folder / f"collector-{self.http}.log"
        self.file = folder / f"collector-{self.http}.yaml"
        self.configure(config)
        program = f"{prelude}\nimport sys; from otel_agent.cli.main import main; sys.exit(main())"
        command = [sys.executable, "-c", program, "--config", str(self.file), "--config-watch-interval=0s", *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}, start_new_session=True
            )

    def configure(self, config: dict[str, Any]) -> None:
        """Write the configuration: a pipeline of the given parts behind an OTLP receiver, with that port if `grpc` says so."""
        protocols = {"http": {"endpoint": f"127.0.0.1:{self.http}"}}
        if config.get("grpc"):
            protocols["grpc"] = {"endpoint": f"127.0.0.1:{self.grpc}"}
        reader = {"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": self.metrics_port}}}}
        extensions = {"health_check": {"endpoint": f"127.0.0.1:{self.health_port}"}, **config.get("extensions", {})}
        whole = {
            "receivers": {"otlp": {"protocols": protocols}, **config.get("receivers", {})},
            "processors": config.get("processors", {}),
            "exporters": config["exporters"],
            "extensions": extensions,
            "service": {
                "extensions": list(extensions),
                "telemetry": {"metrics": {"readers": [reader, *config.get("readers", [])]}},
                "pipelines": {
                    "logs": {
                        "receivers": ["otlp", *config.get("receivers", {})],
                        "processors": list(config.get("processors", {})),
                        "exporters": list(config["exporters"]),
                    }
                },
            },
        }
        self.file.write_text(yaml.safe_dump(whole))

    @property
    def said(self) -> str:
        return self.log.read_text()

    async def until(self, text: str, times: int = 1) -> None:
        """Wait until the log holds a text so many times."""
        deadline = time.monotonic() + START_SECONDS
        while self.said.count(text) < times:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"no {text!r} in\n{self.said}"
            await asyncio.sleep(0.02)

    async def until_gone(self, path: Path) -> None:
        """Wait until a file or folder is no longer there."""
        async with asyncio.timeout(START_SECONDS):
            while path.exists():  # noqa: ASYNC110, ASYNC240 (it is another process that removes it)
                await asyncio.sleep(0.02)

    async def ready(self) -> "Otelcol":
        await self.until("Everything is ready")
        return self

    def workers(self) -> list[int]:
        """Process ids of the workers: grandchildren, by way of the process that forks them."""
        parents = dict(processes())
        return sorted(pid for pid, parent in parents.items() if parents.get(parent) == self.process.pid)

    def nursery(self) -> int:
        """Process id of what forks the workers."""
        return next(pid for pid, parent in processes() if parent == self.process.pid)

    async def metrics(self) -> dict[str, float]:
        """Series of a scrape."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.metrics_port}/metrics") as answer,
        ):
            lines = (await answer.text()).splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    async def healthy(self) -> bool:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.health_port}/") as answer:
            return answer.status == 200

    async def page(self, port: int, path: str) -> str:
        """Text of a page on one of its ports."""
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
            return await answer.text()

    async def ended(self) -> int:
        """Wait for the end and return the exit code."""
        return await asyncio.to_thread(self.process.wait, START_SECONDS)

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()


def processes() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                yield int(entry.name), int(parent)


def running(pids: list[int]) -> list[int]:
    """Those of the processes that have not ended."""
    return [pid for pid, _ in processes() if pid in pids]


DYING = """
import asyncio, os
from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.model import ConfigModel

class DyingConfig(ConfigModel):
    when: str = "start"

class Dying:
    def __init__(self, config, context):
        self.when, self.id = config.when, context.id

    async def start(self, host):
        if self.when == "later":
            asyncio.get_running_loop().call_later(0.5, host.report_fatal, self.id, Exception("nothing works any more"))
        elif self.when == "never":
            raise RuntimeError("not with me")
        elif self.when == "start" or os.path.exists(self.when):
            os._exit(3)

    async def shutdown(self):
        pass

create = Dying
COMPONENT = ComponentInfo(ComponentKind.RECEIVER, "dying", {"logs": "beta"}, "dying:DyingConfig", "dying:create")
"""

Start = Callable[..., Otelcol]


@pytest.fixture
def dying(tmp_path: Path) -> dict[str, str]:
    """Environment with a receiver that ends its process at its `start`, or once the file `when` exists, or asks to `later`.

    With `never` it does not start. Like any receiver that says nothing it runs in the first worker only.
    """
    metadata = tmp_path / "site/dying-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dying\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[otel_agent.components]\nreceiver.dying = dying:COMPONENT\n")
    (tmp_path / "site/dying.py").write_text(DYING)
    return {"PYTHONPATH": str(tmp_path / "site")}


@pytest.fixture
async def destination() -> AsyncIterator[Destination]:
    destination = Destination()
    server = web.Application(client_max_size=2**24)
    server.router.add_post("/v1/logs", destination.take)
    server.router.add_post("/v1/metrics", destination.take_metrics)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    destination.port = runner.addresses[0][1]
    yield destination
    await runner.cleanup()


@pytest.fixture
def sending(destination: Destination) -> dict[str, Any]:
    """A configuration that sends to the destination, and tries again soon."""
    retry = {"initial_interval": "50ms", "max_interval": "200ms", "max_elapsed_time": "0s"}
    exporter = {"endpoint": f"http://127.0.0.1:{destination.port}", "compression": "none", "retry_on_failure": retry}
    return {"exporters": {"otlp_http": exporter}}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Otelcol] = []

    def make(config: dict[str, Any], *arguments: str, **keywords: Any) -> Otelcol:
        made = Otelcol(tmp_path, config, *arguments, **keywords)
        running.append(made)
        return made

    yield make
    for one in running:
        workers = one.workers()
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


class Sender:
    """Sends numbered log records, each request over a connection of its own, so that the kernel spreads them."""

    def __init__(self, port: int, request_of: Callable[..., Any]) -> None:
        self._url = f"http://127.0.0.1:{port}/v1/logs"
        self._request_of = request_of
        self._next = 0
        self.taken: set[str] = set()
        """Records that were acknowledged."""
        self.refused: list[int | str] = []
        self._progress = asyncio.Condition()

    async def send(self, requests: int, items: int = 2, *, again: bool = True, at_once: int = 8) -> None:
        """Send so many requests; with `again` until each is acknowledged."""
        left = list(range(self._next, self._next + requests * items, items))
        self._next += requests * items
        headers = {"Content-Type": "application/x-protobuf"}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), headers=headers) as session:

            async def work() -> None:
                while left:
                    first = left.pop()
                    data = self._request_of(Signal.LOGS, items, first).SerializeToString()
                    while not await self._taken(session, data) and again:  # noqa: ASYNC110 (as a sender does)
                        await asyncio.sleep(0.02)
                    if again:
                        self.taken |= {f"item-{number}" for number in range(first, first + items)}
                        async with self._progress:
                            self._progress.notify_all()

            await asyncio.gather(*(work() for _ in range(at_once)))

    async def until_taken(self, records: int) -> None:
        """Wait until so many records have been acknowledged."""
        async with asyncio.timeout(60), self._progress:
            await self._progress.wait_for(lambda: len(self.taken) >= records)

    async def _taken(self, session: aiohttp.ClientSession, data: bytes) -> bool:
        try:
            async with session.post(self._url, data=data) as answer:
                await answer.read()
                if answer.status == 200:
                    return True
                self.refused.append(answer.status)
        except (aiohttp.ClientError, OSError) as error:
            self.refused.append(repr(error))
        return False


@pytest.fixture
def sender_to(request_of: Callable[..., Any]) -> Callable[[Otelcol], Sender]:
    return lambda otelcol: Sender(otelcol.http, request_of)
