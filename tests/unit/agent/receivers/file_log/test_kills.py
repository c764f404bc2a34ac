"""A whole collector that follows files, killed again and again while they are written to and rotated."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

KILLS = 3
OVERLAP = 5_000
"""Lines that may come twice at each kill: those under way to the destination and not yet noted as taken."""


class Destination:
    """An OTLP/HTTP receiver that counts bodies."""

    def __init__(self) -> None:
        self.bodies: Counter[str] = Counter()
        self.records: list[Any] = []
        self.port = 0

    async def answer(self, request: web.BaseRequest) -> web.Response:
        message = ExportLogsServiceRequest.FromString(await request.read())
        for resource in message.resource_logs:
            for scope in resource.scope_logs:
                self.records += scope.log_records
                self.bodies.update(record.body.string_value for record in scope.log_records)
        return web.Response(body=b"", content_type="application/x-protobuf")


@pytest.fixture
async def destination() -> AsyncIterator[Destination]:
    found = Destination()
    runner = web.ServerRunner(web.Server(found.answer, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    found.port = runner.addresses[0][1]
    yield found
    await runner.cleanup()


def configuration(folder: Path, port: int, receiver: dict[str, Any]) -> str:
    exporter = {"endpoint": f"http://127.0.0.1:{port}", "compression": "none", "sending_queue": {"enabled": False}}
    return yaml.safe_dump(
        {
            "extensions": {"file_storage": {"directory": str(folder / "storage"), "create_directory": True, "timeout": "10s"}},
            "receivers": {
                "filelog": {"include": [f"{folder}/logs/*.log*"], "start_at": "beginning", "storage": "file_storage", **receiver}
            },
            "processors": {"log_correlation": None},
            "exporters": {"otlp_http": exporter},
            "service": {
                "extensions": ["file_storage"],
                "pipelines": {"logs": {"receivers": ["filelog"], "processors": ["log_correlation"], "exporters": ["otlp_http"]}},
                "telemetry": {"metrics": {"level": "none"}, "logs": {"output_paths": [str(folder / "collector.log")]}},
            },
        }
    )


async def start(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "otel_agent", "--config", str(folder / "config.yaml"))


async def end(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)
    await process.wait()


async def until(folder: Path, process: asyncio.subprocess.Process, reached: Any) -> None:
    async with asyncio.timeout(60):
        while not reached():
            assert process.returncode is None, (folder / "collector.log").read_text()[-2000:]
            await asyncio.sleep(0.01)


class Writer:
    """Writes numbered lines and rotates by rename, keeping four old files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = 0

    def write(self, lines: int) -> None:
        with (self.folder / "app.log").open("a") as file:
            for _ in range(lines):
                file.write(f"line {self.written} {'x' * (self.written % 200)}\n")
                self.written += 1

    def rotate(self) -> None:
        for number in range(4, 0, -1):
            older = self.folder / f"app.log.{number}"
            if older.exists():
                os.replace(older, self.folder / f"app.log.{number + 1}")
        os.replace(self.folder / "app.log", self.folder / "app.log.1")


async def test_no_line_is_lost_when_the_collector_is_killed(tmp_path: Path, destination: Destination) -> None:
    (tmp_path / "logs").mkdir()
    receiver = {"poll_interval": "20ms", "retry_on_failure": {"enabled": True}}
    (tmp_path / "config.yaml").write_text(configuration(tmp_path, destination.port, receiver))
    writer = Writer(tmp_path / "logs")
    for round_ in range(KILLS + 1):
        writer.write(3_000)
        process = await start(tmp_path)
        try:
            before = destination.bodies.total()
            await until(tmp_path, process, lambda before=before: destination.bodies.total() > before)
            for _ in range(3):
                writer.write(5_000)
                await asyncio.sleep(0.05)
            writer.rotate()
            writer.write(100)
            if round_ == KILLS:
                await until(tmp_path, process, lambda: len(destination.bodies) >= writer.written)
        finally:
            await end(process, signal.SIGTERM if round_ == KILLS else signal.SIGKILL)
    assert {int(body.split()[1]) for body in destination.bodies} == set(range(writer.written))
    assert destination.bodies.total() - writer.written <= KILLS * OVERLAP * 2


async def test_a_running_collector_parses_lines_and_correlates_them(tmp_path: Path, destination: Destination) -> None:
    (tmp_path / "logs").mkdir()
    receiver = {
        "poll_interval": "20ms",
        "operators": [
            {
                "type": "json_parser",
                "timestamp": {"parse_from": "attributes.time", "layout": "%Y-%m-%dT%H:%M:%S.%LZ"},
                "severity": {"parse_from": "attributes.level"},
            },
            {"type": "move", "from": "attributes.message", "to": "body"},
            {"type": "remove", "field": "attributes.time"},
        ],
    }
    (tmp_path / "config.yaml").write_text(configuration(tmp_path, destination.port, receiver))
    line = '{"time": "2026-01-02T03:04:05.678Z", "level": "error", "message": "no stock", "trace_id": "%s", "n": 3}\n'
    (tmp_path / "logs" / "app.log").write_text(line % ("ab" * 16))
    process = await start(tmp_path)
    try:
        await until(tmp_path, process, lambda: destination.records)
    finally:
        await end(process, signal.SIGTERM)
    assert process.returncode == 0
    (record,) = destination.records
    assert (record.body.string_value, record.severity_number, record.severity_text) == ("no stock", 17, "error")
    assert (record.time_unix_nano, record.trace_id) == (1_767_323_045_678_000_000, b"\xab" * 16)
    assert {item.key for item in record.attributes} == {"log.file.name", "level", "trace_id", "n"}
