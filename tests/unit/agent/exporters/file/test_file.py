import asyncio
import os
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.file.config import FileExporterConfig, RotationConfig
from otel_agent.exporters.file.factory import create
from otel_agent.exporters.file.grouping import path_for
from otel_agent.exporters.file.rotating_file import RotatingFile, expired
from otel_agent.pdata import kernel
from otel_agent.pdata.otlp_json import json_to_request, request_to_json
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import Exporter
from otel_agent.pipeline.errors import PermanentError, RetryableError

Running = Callable[..., AbstractAsyncContextManager[Exporter]]


@pytest.fixture
def running(tmp_path: Path, make_context: Any, host: Any) -> Running:
    @asynccontextmanager
    async def run(signal: Signal = Signal.TRACES, **config: Any) -> AsyncIterator[Exporter]:
        config.setdefault("path", str(tmp_path / "out"))
        exporter = create(FileExporterConfig.model_validate(config), make_context(ComponentKind.EXPORTER, "file", signal))
        await exporter.start(host)
        try:
            yield exporter
        finally:
            await exporter.shutdown()

    return run


def framed(data: bytes) -> list[bytes]:
    """Messages of a file with length prefixes."""
    messages = []
    while data:
        length = int.from_bytes(data[:4], "big")
        messages.append(data[4 : 4 + length])
        data = data[4 + length :]
    return messages


@pytest.mark.parametrize("items", [2, 2000])
async def test_json_is_one_request_a_line(items: int, running: Running, tmp_path: Path, telemetry_of: Any, scrape: Any) -> None:
    telemetry = telemetry_of(items=items)
    async with running() as exporter:
        await exporter.consume(telemetry)
        await exporter.consume(telemetry)
    lines = (tmp_path / "out").read_bytes().splitlines()
    assert [json_to_request(Signal.TRACES, line) for line in lines] == [telemetry.data] * 2
    assert scrape()['otelcol_exporter_sent_spans{exporter="file"}'] == 2 * items


async def test_proto_has_a_length_before_each_message(running: Running, tmp_path: Path, telemetry_of: Any) -> None:
    sent = [telemetry_of(items=amount) for amount in (1, 3)]
    async with running(format="proto") as exporter:
        for telemetry in sent:
            await exporter.consume(telemetry)
    assert framed((tmp_path / "out").read_bytes()) == [telemetry.data for telemetry in sent]


@pytest.mark.parametrize("format_name", ["json", "proto"])
async def test_zstd_compresses_each_message(format_name: str, running: Running, tmp_path: Path, telemetry_of: Any) -> None:
    telemetry = telemetry_of()
    async with running(compression="zstd", format=format_name) as exporter:
        await exporter.consume(telemetry)
    (message,) = framed((tmp_path / "out").read_bytes())
    expected = telemetry.data if format_name == "proto" else request_to_json(Signal.TRACES, telemetry.data)
    assert zstandard.decompress(message) == expected


@pytest.mark.parametrize(("append", "lines"), [(False, 1), (True, 2)])
async def test_append_keeps_what_was_there(append: bool, lines: int, running: Running, tmp_path: Path, telemetry_of: Any) -> None:
    (tmp_path / "out").write_text("old\n")
    async with running(append=append) as exporter:
        await exporter.consume(telemetry_of())
    assert len((tmp_path / "out").read_text().splitlines()) == lines


async def test_buffered_data_reaches_the_file_after_the_flush_interval(
    running: Running, tmp_path: Path, telemetry_of: Any
) -> None:
    async with running(flush_interval="5ms") as exporter:
        await exporter.consume(telemetry_of())
        async with asyncio.timeout(5):
            while not (tmp_path / "out").read_bytes():  # noqa: ASYNC110 -- a file has no event
                await asyncio.sleep(0.001)


async def test_signals_of_one_id_share_the_file(running: Running, tmp_path: Path, telemetry_of: Any) -> None:
    async with running(Signal.TRACES) as traces, running(Signal.LOGS) as logs:
        await traces.consume(telemetry_of(Signal.TRACES))
        await logs.consume(telemetry_of(Signal.LOGS))
        await logs.shutdown()
        await traces.consume(telemetry_of(Signal.TRACES))
    keys = [line.split('"')[1] for line in (tmp_path / "out").read_text().splitlines()]
    assert keys == ["resourceSpans", "resourceLogs", "resourceSpans"]


async def test_group_by_writes_a_file_for_each_value(running: Running, tmp_path: Path, telemetry_of: Any) -> None:
    group_by = {"enabled": True, "resource_attribute": "service.name", "max_open_files": 1}
    both = kernel.merge(telemetry_of(items=1, service=name).data for name in ("a", "../../b", "a"))
    async with running(path=f"{tmp_path}/by/*.json", group_by=group_by) as exporter:
        await exporter.consume(Telemetry(Signal.TRACES, both, 3))
        await exporter.consume(telemetry_of(items=2, service="a"))
        await exporter.consume(telemetry_of(items=2, service=""))
    files = {
        path.name: [kernel.count(Signal.TRACES, json_to_request(Signal.TRACES, line)) for line in path.read_bytes().splitlines()]
        for path in (tmp_path / "by").iterdir()
    }
    assert files == {"a.json": [2, 2], "b.json": [1], "MISSING.json": [2]}


@pytest.mark.parametrize(
    ("value", "path"), [("a/b", "/x/a/b.log"), ("../../etc", "/x/etc.log"), ("/", "/x/MISSING.log"), ("a\0b", "/x/ab.log")]
)
def test_a_value_cannot_leave_the_folder(value: str, path: str) -> None:
    assert path_for("/x/*.log", value) == path


def test_a_full_file_is_put_aside_and_old_backups_go(tmp_path: Path) -> None:
    rotation = RotationConfig(max_megabytes=1, max_backups=2)
    file = RotatingFile(tmp_path / "a.log", append=False, rotation=rotation)
    (tmp_path / "a-other.log").write_text("not a backup")
    for number in range(5):
        file.write(bytes([number]) * 700_000)
    file.close()
    backups = sorted(path for path in tmp_path.glob("a-2*.log"))
    assert len(backups) == 2
    assert {path.read_bytes()[0] for path in backups} == {2, 3}
    assert (tmp_path / "a.log").read_bytes() == bytes([4]) * 700_000
    assert (tmp_path / "a-other.log").exists()


def test_backups_expire_by_age() -> None:
    now = datetime(2026, 1, 10, tzinfo=UTC)
    backups = [(Path(str(age)), now - timedelta(days=age)) for age in (1, 3, 5)]
    assert expired(backups, RotationConfig(max_days=4), now) == [Path("5")]
    assert expired(backups, RotationConfig(max_backups=0), now) == []


async def test_a_missing_folder_fails_the_start(running: Running, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async with running(path=str(tmp_path / "new" / "out")):
            pass


async def test_a_missing_folder_is_made_on_request(running: Running, tmp_path: Path) -> None:
    async with running(path=str(tmp_path / "new" / "out"), create_directory=True):
        pass
    assert (tmp_path / "new" / "out").read_bytes() == b""


async def test_a_full_disk_is_retryable_and_garbage_is_not(make_context: Any, host: Any, telemetry_of: Any, scrape: Any) -> None:
    config = FileExporterConfig.model_validate({"path": "/dev/full", "flush_interval": 0})
    exporter = create(config, make_context(ComponentKind.EXPORTER, "file"))
    await exporter.start(host)
    with pytest.raises(PermanentError, match="malformed traces request"):
        await exporter.consume(Telemetry(Signal.TRACES, b"\x0a\x05\x01", 1))
    with pytest.raises(RetryableError, match="No space left"):
        await exporter.consume(telemetry_of(items=2))
    assert scrape()['otelcol_exporter_send_failed_spans{exporter="file"}'] == 3
    await exporter.shutdown()


async def test_data_that_was_taken_but_cannot_be_written_is_counted_and_told_once_a_minute(
    make_context: Any, host: Any, telemetry_of: Any, scrape: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = FileExporterConfig.model_validate({"path": "/dev/full", "flush_interval": "1ms"})
    exporter = create(config, make_context(ComponentKind.EXPORTER, "file"))
    await exporter.start(host)
    await exporter.consume(telemetry_of())
    async with asyncio.timeout(30):
        while scrape()['otelcol_exporter_file_flush_errors{exporter="file"}'] < 3:  # noqa: ASYNC110 -- a clock drives it
            await asyncio.sleep(0.001)
    assert [record.message for record in caplog.records] == ["Failed to flush"]
    await exporter.shutdown()
    assert scrape()['otelcol_exporter_file_lost_bytes{exporter="file"}'] > 100
    assert "No space left" in caplog.records[-1].error  # type: ignore[attr-defined]
    assert caplog.records[-1].message == "Accepted data is lost: the disk did not take it before the end"


@contextmanager
def disk_of(size: int) -> Iterator[Callable[[int], None]]:
    """No file of this process can grow beyond `size` bytes; yields what changes that.

    Not a fixture: pytest writes its progress, perhaps to a larger file, before fixtures end.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    limit(size)
    try:
        yield limit
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [300, 2 * 1024 * 1024])
def test_a_message_the_disk_refuses_is_not_in_the_file_in_part(tmp_path: Path, size: int) -> None:
    file = RotatingFile(tmp_path / "a.log", append=False, rotation=None)
    file.write(b"a" * size, through=True)
    with disk_of(size * 3 // 2) as grow_to:
        with pytest.raises(OSError, match="too large"):
            file.write(b"b" * size, through=True)
        assert (tmp_path / "a.log").read_bytes() == b"a" * size
        grow_to(size * 3)
        file.write(b"b" * size, through=True)
        file.close()
    assert (tmp_path / "a.log").read_bytes() == b"a" * size + b"b" * size


def test_buffered_messages_wait_for_a_full_disk_and_are_written_once(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "a.log", append=False, rotation=None)
    file.write(b"a" * 1000)
    with disk_of(500) as grow_to:
        with pytest.raises(OSError, match="too large"):
            file.flush()
        grow_to(5000)
        file.close()
    assert (tmp_path / "a.log").read_bytes() == b"a" * 1000


async def test_a_file_closed_for_want_of_room_keeps_what_a_full_disk_does_not_take(
    running: Running, tmp_path: Path, telemetry_of: Any
) -> None:
    group_by = {"enabled": True, "resource_attribute": "service.name", "max_open_files": 1}
    async with running(path=f"{tmp_path}/by/*.json", group_by=group_by, flush_interval="1h") as exporter:
        await exporter.consume(telemetry_of(service="a"))
        with disk_of(10), pytest.raises(RetryableError, match="too large"):
            await exporter.consume(telemetry_of(service="b"))
        await exporter.consume(telemetry_of(service="b"))
    files = [(tmp_path / "by" / name).read_bytes() for name in ("a.json", "b.json")]
    assert [json_to_request(Signal.TRACES, data) for data in files] == [telemetry_of(service=name).data for name in ("a", "b")]


def test_a_file_that_somebody_moved_away_is_made_anew_when_it_is_full(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "a.log", append=False, rotation=RotationConfig(max_megabytes=1))
    file.write(b"a" * 700_000)
    (tmp_path / "a.log").rename(tmp_path / "moved.log")
    file.write(b"b" * 700_000)
    file.close()
    assert (tmp_path / "moved.log").read_bytes() == b"a" * 700_000
    assert (tmp_path / "a.log").read_bytes() == b"b" * 700_000


def test_a_rotation_that_fails_leaves_the_file_usable(tmp_path: Path) -> None:
    folder, moved = tmp_path / "logs", tmp_path / "moved"
    folder.mkdir()
    file = RotatingFile(folder / "a.log", append=False, rotation=RotationConfig(max_megabytes=1))
    file.write(b"a" * 700_000)
    folder.rename(moved)
    for _ in range(2):
        with pytest.raises(OSError, match="No such file"):
            file.write(b"b" * 700_000)
    folder.mkdir()
    file.write(b"b" * 700_000)
    file.close()
    assert (moved / "a.log").read_bytes() == b"a" * 700_000
    assert (folder / "a.log").read_bytes() == b"b" * 700_000


async def test_a_pipe_is_written_to_like_a_file(running: Running, telemetry_of: Any) -> None:
    reading, writing = os.pipe()
    telemetry = telemetry_of()
    async with running(path=f"/dev/fd/{writing}", format="proto") as exporter:
        await exporter.consume(telemetry)
    assert framed(os.read(reading, 65536)) == [telemetry.data]
    os.close(reading)
    os.close(writing)


async def test_a_cancelled_request_does_not_let_another_at_the_file_before_it_has_ended(
    running: Running, tmp_path: Path, telemetry_of: Any
) -> None:
    large = telemetry_of(items=20_000)
    async with running() as exporter:
        begun = asyncio.create_task(exporter.consume(large))
        await asyncio.sleep(0.01)
        begun.cancel()
        await asyncio.gather(begun, return_exceptions=True)
        await exporter.consume(telemetry_of())
    lines = (tmp_path / "out").read_bytes().splitlines()
    assert [kernel.count(Signal.TRACES, json_to_request(Signal.TRACES, line)) for line in lines] == [20_000, 1]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"path": ""}, "at least 1 character"),
        ({"append": True, "compression": "zstd"}, "append and compression"),
        ({"append": True, "rotation": {}}, "append and rotation"),
        ({"flush_interval": "-1s"}, "flush_interval must be larger than zero"),
        ({"path": "/a", "group_by": {"enabled": True}}, r"exactly one \*"),
        ({"path": "/*", "group_by": {"enabled": True}}, "must not start"),
    ],
)
def test_contradictions_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FileExporterConfig.model_validate({"path": "/tmp/x", **config})
