"""One storage for several workers: a directory each, and what those that there are no longer have left."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.factory import create
from otel_agent.pipeline.seat import Seat
from otel_agent.pipeline.storage import StorageError, StorageFullError

Start = Callable[..., Awaitable[Any]]
EXPORTER = (ComponentKind.EXPORTER, ComponentId("otlp_grpc"), "traces")
OTHER = (ComponentKind.EXPORTER, ComponentId("otlp_http"), "traces")


@pytest.fixture
async def start(tmp_path: Path, make_context: Any, host: Any) -> AsyncIterator[Start]:
    started: list[Any] = []

    async def make(number: int = 0, size: int = 1, **keys: Any) -> Any:
        config = FileStorageConfig.model_validate({"directory": str(tmp_path), "timeout": "100ms", **keys})
        seat = Seat(number, size, spread=frozenset({EXPORTER}))
        extension = create(config, replace(make_context(ComponentKind.EXTENSION, "file_storage", None), seat=seat))
        await extension.start(host)
        started.append(extension)
        return extension

    yield make
    for extension in started:
        await extension.shutdown()


async def stored(storage: Any, key: str, what: Any = EXPORTER) -> None:
    client = await storage.storage_client(*what)
    await client.set(key, b"value")


def keys_of(clients: list[Any]) -> list[list[str]]:
    return [client.keys() for client in clients]


async def test_workers_have_a_directory_each_and_the_first_the_one_of_a_single_process(start: Start, tmp_path: Path) -> None:
    for number in range(3):
        await stored(await start(number, 3), f"of-{number}")
    assert (tmp_path / "exporter.otlp_grpc.traces").is_dir()
    assert (tmp_path / "worker-1/exporter.otlp_grpc.traces").is_dir()
    assert (tmp_path / "worker-2/exporter.otlp_grpc.traces").is_dir()


async def test_only_the_first_worker_inherits_and_only_of_workers_that_there_are_no_longer(start: Start) -> None:
    for number in range(4):
        storage = await start(number, 4)
        await stored(storage, f"of-{number}")
        await storage.shutdown()
    first, second = await start(0, 2), await start(1, 2)
    assert keys_of(await first.inherited_clients(*EXPORTER)) == [["of-2"], ["of-3"]]
    assert await second.inherited_clients(*EXPORTER) == []


async def test_what_runs_in_the_first_worker_only_inherits_from_all_others(start: Start) -> None:
    storage = await start(1, 2)
    await stored(storage, "left", OTHER)
    await stored(storage, "own", EXPORTER)
    first = await start(0, 2)
    with pytest.raises(StorageError, match="is used by another collector"):
        await first.inherited_clients(*OTHER)
    await storage.shutdown()
    assert keys_of(await first.inherited_clients(*OTHER)) == [["left"]]
    assert await first.inherited_clients(*EXPORTER) == []


async def test_an_inherited_directory_is_removed_when_it_is_used_up(start: Start, tmp_path: Path) -> None:
    storage = await start(1, 2)
    await stored(storage, "a")
    await storage.shutdown()
    first = await start()
    (client,) = await first.inherited_clients(*EXPORTER)
    await client.close()
    assert (tmp_path / "worker-1").is_dir()
    (client,) = await first.inherited_clients(*EXPORTER)
    await client.delete("a")
    await client.close()
    assert not (tmp_path / "worker-1").exists()


async def test_the_directory_of_a_worker_that_runs_stays(start: Start, tmp_path: Path) -> None:
    second = await start(1, 2)
    await stored(second, "a", OTHER)
    await second.shutdown()
    await start(1, 2)
    (client,) = await (await start(0, 2)).inherited_clients(*OTHER)
    await client.delete("a")
    await client.close()
    assert [path.name for path in (tmp_path / "worker-1").iterdir()] == [".lock"]


async def test_a_directory_with_something_else_in_it_stays(start: Start, tmp_path: Path) -> None:
    storage = await start(1, 2)
    await stored(storage, "a")
    await storage.shutdown()
    (tmp_path / "worker-1/note.txt").write_text("mine")
    (client,) = await (await start()).inherited_clients(*EXPORTER)
    await client.delete("a")
    await client.close()
    assert [path.name for path in (tmp_path / "worker-1").iterdir() if path.name != ".lock"] == ["note.txt"]


async def test_the_size_limit_is_divided_among_the_workers(start: Start) -> None:
    storage = await start(1, 2, max_size_mib=2)
    client = await storage.storage_client(*EXPORTER)
    await client.set("a", bytes(900_000))
    with pytest.raises(StorageFullError, match="1048576"):
        await client.set("b", bytes(200_000))


async def test_a_missing_directory_is_refused_for_every_worker(start: Start, tmp_path: Path) -> None:
    from otel_agent.pipeline.errors import StartError

    for number in range(2):
        with pytest.raises(StartError, match="directory must exist"):
            await start(number, 2, directory=str(tmp_path / "none"), create_directory=False)
