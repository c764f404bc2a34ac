import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.factory import create
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.storage import Delete, Put, Storage, StorageClient, StorageError, StorageFullError, open_storage

Start = Callable[..., Awaitable[Any]]
OTLP = ComponentId("otlp_grpc", "a/b")


@pytest.fixture
async def start(tmp_path: Path, make_context: Any, host: Any) -> AsyncIterator[Start]:
    started: list[Any] = []

    async def make(**keys: Any) -> Any:
        config = FileStorageConfig.model_validate({"directory": str(tmp_path / "storage"), **keys})
        extension = create(config, make_context(ComponentKind.EXTENSION, "file_storage", None))
        started.append(extension)
        await extension.start(host)
        return extension

    yield make
    for extension in started:
        await extension.shutdown()


def client_of(storage: Storage, part: str = "traces") -> Awaitable[StorageClient]:
    return storage.storage_client(ComponentKind.EXPORTER, OTLP, part)


@pytest.mark.parametrize("fsync", [False, True])
async def test_what_was_stored_is_there_after_a_restart(start: Start, fsync: bool) -> None:
    storage = await start(fsync=fsync)
    client = await client_of(storage)
    await client.set("a", b"1")
    await client.batch([Put("b", b"2"), Put("c", b"3"), Delete("a")])
    await storage.shutdown()
    again = await client_of(await start(fsync=fsync))
    assert [await again.get(key) for key in ("a", "b", "c")] == [None, b"2", b"3"]


async def test_clients_do_not_see_each_other(start: Start, tmp_path: Path) -> None:
    storage = await start()
    traces, logs = await client_of(storage), await client_of(storage, "logs")
    await traces.set("key", b"traces")
    assert await logs.get("key") is None
    assert {path.name for path in (tmp_path / "storage").iterdir()} == {
        ".lock",
        "exporter.otlp_grpc%2Fa%2Fb.traces",
        "exporter.otlp_grpc%2Fa%2Fb.logs",
    }
    with pytest.raises(StorageError, match="already open"):
        await client_of(storage)


async def test_two_collectors_do_not_share_a_directory(start: Start) -> None:
    first = await start()
    with pytest.raises(StartError, match="used by another collector"):
        await start(timeout="50ms")
    waiting = asyncio.create_task(start(timeout="5s"))
    await asyncio.sleep(0.1)
    await first.shutdown()
    assert await waiting


async def test_a_directory_is_made_only_if_wanted(start: Start, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="directory must exist"):
        await start(create_directory=False)
    await start(directory_permissions="0700")
    assert (tmp_path / "storage").stat().st_mode & 0o777 == 0o700


async def test_writers_together_wait_for_few_synchronisations(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    real = os.fdatasync

    def counted(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)
    client = await client_of(await start(fsync=True))
    await asyncio.gather(*(client.set(str(number), b"x") for number in range(50)))
    assert 1 <= calls <= 3
    before = calls
    await client.delete("1")
    assert calls == before


async def test_a_failed_synchronisation_fails_the_write(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await client_of(await start(fsync=True))

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(StorageError, match="Input/output error"):
            await client.set("a", b"1")


async def test_a_full_storage_is_counted(start: Start, scrape: Callable[[], dict[str, float]]) -> None:
    client = await client_of(await start(max_size_mib=1))
    await client.set("a", b"x" * 900_000)
    with pytest.raises(StorageFullError):
        await client.set("b", b"x" * 200_000)
    assert scrape()['otelcol_file_storage_refused_writes{extension="file_storage"}'] == 1
    assert scrape()['otelcol_file_storage_size{extension="file_storage"}'] > 900_000
    for number in range(50):
        await client.delete("a")
        await client.set("a", bytes([number]) * 200_000)
    assert await client.get("a") == bytes([49]) * 200_000


async def test_a_closed_client_says_so(start: Start) -> None:
    client = await client_of(await start())
    await client.close()
    with pytest.raises(StorageError, match="closed"):
        await client.set("a", b"")


async def test_a_storage_key_must_name_a_running_storage(start: Start, host: Any) -> None:
    with pytest.raises(StartError, match="add it to service::extensions"):
        await open_storage(host, ComponentId("file_storage"), ComponentKind.EXPORTER, OTLP, "traces")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"directory_permissions": "rwx"}, "not an octal number"),
        ({"directory": ""}, "must not be empty"),
        ({"timeout": "-1s"}, "must not be negative"),
    ],
)
def test_impossible_settings_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FileStorageConfig.model_validate(keys)


WRITER = """
import logging, pathlib, sys
from otel_agent.extensions.file_storage.budget import DiskBudget
from otel_agent.extensions.file_storage.segment_log import SegmentLog
from otel_agent.pipeline.storage import Delete, Put
from otel_agent.telemetry.instruments import Counter
log = SegmentLog(pathlib.Path(sys.argv[1]), DiskBudget(0, Counter(), Counter()), logging.getLogger(), fsync=False,
                 segment_bytes=100_000)
log.load()
number = int(sys.argv[2])
while True:
    log.apply([Put(str(number), bytes([number % 251]) * 20_000)])
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    if number % 2:
        log.apply([Delete(str(number - 1))])
    number += 1
"""


async def test_a_killed_writer_loses_nothing_that_it_acknowledged(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "storage" / "exporter.otlp_grpc%2Fa%2Fb.traces"
    last = -1
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, str(folder), str(last + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:  # noqa: ASYNC220 -- nothing else runs in the loop
            assert writer.stdout is not None
            for _ in range(40):
                last = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout:
                if line.endswith(b"\n"):
                    last = int(line)
    client = await client_of(await start())
    stored = set(client.keys())
    odd = {str(number) for number in range(1, last + 1, 2)}
    assert odd <= stored
    assert len(stored - odd) <= 6  # of each writer the last one unacknowledged and the last one not yet deleted
    for key in odd:
        assert await client.get(key) == bytes([int(key) % 251]) * 20_000
