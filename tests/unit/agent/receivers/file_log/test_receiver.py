"""The receiver as the collector runs it."""

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.factory import create as create_storage
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import GraphError, PermanentError, RetryableError, StartError
from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.factory import create

REFUSED = 'otelcol_receiver_refused_log_records{receiver="file_log",transport=""}'
ACCEPTED = 'otelcol_receiver_accepted_log_records{receiver="file_log",transport=""}'


def bodies(received: list[Telemetry]) -> Counter[str]:
    return Counter(
        record.body.string_value
        for telemetry in received
        for resource in parse(Signal.LOGS, telemetry.data).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    )


def write(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


async def test_records_arrive_and_are_counted(running: Any, tmp_path: Path, sink: Any, scrape: Any) -> None:
    write(tmp_path / "a.log", "one\ntwo\n")
    async with running():
        await sink.reached(2)
        write(tmp_path / "a.log", "three\n")
        await sink.reached(3)
        assert scrape()['otelcol_fileconsumer_open_files{receiver="file_log"}'] == 1
        assert scrape()['otelcol_fileconsumer_reading_files{receiver="file_log"}'] == 0
    assert bodies(sink.received) == Counter(one=1, two=1, three=1)
    assert (scrape()[ACCEPTED], scrape()[REFUSED]) == (3, 0)


async def test_what_is_refused_is_lost_without_retry(running: Any, tmp_path: Path, sink: Any, scrape: Any) -> None:
    sink.error = RetryableError("full")
    write(tmp_path / "a.log", "one\n")
    async with running():
        await asyncio.wait_for(sink.refused.wait(), 5)
        sink.error = None
        write(tmp_path / "a.log", "two\n")
        await sink.reached(1)
    assert bodies(sink.received) == Counter(two=1)
    assert scrape()[REFUSED] == 1


async def test_with_retry_reading_waits_until_it_is_taken(running: Any, tmp_path: Path, sink: Any) -> None:
    sink.error = RetryableError("full")
    write(tmp_path / "a.log", "one\n")
    async with running(retry_on_failure={"enabled": True, "initial_interval": "1ms", "max_interval": "2ms"}):
        await asyncio.wait_for(sink.refused.wait(), 5)
        write(tmp_path / "a.log", "two\n")
        sink.error = None
        await sink.reached(2)
    assert bodies(sink.received) == Counter(one=1, two=1)


async def test_a_permanent_refusal_is_not_repeated(running: Any, tmp_path: Path, sink: Any, scrape: Any) -> None:
    sink.error = PermanentError("bad")
    write(tmp_path / "a.log", "one\n")
    async with running(retry_on_failure={"enabled": True, "initial_interval": "1ms"}):
        await asyncio.wait_for(sink.refused.wait(), 5)
        sink.error = None
        write(tmp_path / "a.log", "two\n")
        await sink.reached(1)
    assert (bodies(sink.received), scrape()[REFUSED]) == (Counter(two=1), 1)


async def test_what_operators_keep_is_passed_on_at_the_end(running: Any, tmp_path: Path, sink: Any) -> None:
    recombine = {"type": "recombine", "combine_field": "body", "is_last_entry": "false"}
    write(tmp_path / "a.log", "one\ntwo\n")
    async with running(operators=[{"type": "noop"}, recombine], include_file_path=True) as receiver:
        write(tmp_path / "b.log", "x\n")
        for _ in range(3):
            await asyncio.sleep(0.02)
        await receiver.shutdown()
    assert sum(bodies(sink.received).values()) in (1, 2)
    assert "one\ntwo" in bodies(sink.received)


def settings(tmp_path: Path, **more: Any) -> FileLogConfig:
    return FileLogConfig.model_validate({"include": [f"{tmp_path}/*.log"], "start_at": "beginning", **more})


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"operators": [{"type": "regex_parser", "regex": "("}]}, 'operator "regex_parser"'),
        ({"multiline": {"line_start_pattern": "("}}, "pattern"),
        ({"include": ["{a"]}, "brace"),
        ({"attributes": {"x": "EXPR(body ==)"}}, "column"),
    ],
)
async def test_what_cannot_work_is_refused_when_it_is_built(
    tmp_path: Path, make_context: Any, sink: Any, more: dict[str, Any], message: str
) -> None:
    context = make_context(ComponentKind.RECEIVER, "file_log", None)
    context.consumers[Signal.LOGS] = sink
    with pytest.raises(GraphError, match=message):
        create(settings(tmp_path, **more), context)


async def test_a_storage_that_is_not_running_is_refused(tmp_path: Path, make_context: Any, sink: Any, host: Any) -> None:
    context = make_context(ComponentKind.RECEIVER, "file_log", None)
    context.consumers[Signal.LOGS] = sink
    with pytest.raises(StartError, match='extension "file_storage" is not running'):
        await create(settings(tmp_path, storage="file_storage"), context).start(host)


class StorageHost:
    """A host with a file storage."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def extension(self, component_id: ComponentId) -> Any:
        return self._storage


@pytest.mark.parametrize("refused", [False, True])
async def test_with_a_storage_every_line_arrives_once_across_restarts(
    tmp_path: Path, make_context: Any, sink: Any, refused: bool
) -> None:
    directory = tmp_path / "storage"
    directory.mkdir()
    total = 0
    for round_ in range(4):
        storage = create_storage(
            FileStorageConfig.model_validate({"directory": str(directory)}),
            make_context(ComponentKind.EXTENSION, "file_storage", None),
        )
        await storage.start(None)
        context = make_context(ComponentKind.RECEIVER, "file_log", None)
        context.consumers[Signal.LOGS] = sink
        config = settings(
            tmp_path,
            poll_interval="5ms",
            storage="file_storage",
            retry_on_failure={"enabled": True, "initial_interval": "1h", "max_interval": "1h", "max_elapsed_time": "0s"},
        )
        receiver = create(config, context)
        write(tmp_path / "a.log", "".join(f"{round_}-{number}\n" for number in range(10)))
        if round_ == 2:
            os.rename(tmp_path / "a.log", tmp_path / "b.log")
        sink.refused.clear()
        sink.error = RetryableError("down") if refused and round_ < 3 else None
        await receiver.start(StorageHost(storage))  # type: ignore[arg-type]
        total += 10
        await asyncio.wait_for(sink.refused.wait() if sink.error else sink.reached(total), 5)
        await receiver.shutdown()
        await storage.shutdown()
    assert bodies(sink.received) == Counter(f"{round_}-{number}" for round_ in range(4) for number in range(10))
