"""The destination soak itself: what it watches, and a short run that passes and one that must not."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from e2e.cluster.ports import free_ports
from tests.soak import destination
from tests.soak.destination import Progress, Soak, Times, soak
from tests.soak.door import Door, Manner
from tests.soak.patience import Patience


async def test_all_that_was_acknowledged_arrives_after_every_kind_of_failure(tmp_path: Path) -> None:
    progress = Progress(seed=3)
    [run] = await soak(tmp_path, progress, Times(down=1, others=0.5), ["persistent"])
    assert run.faults == []
    assert len(run.acknowledged.numbers) > 500
    assert progress.done == [f"persistent {phase}" for phase in destination.PHASES]
    assert Progress.load(tmp_path, seed=9) == progress


async def test_a_collector_that_gives_up_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = destination.configuration

    def impatient(*arguments: Any) -> dict[str, Any]:
        configuration = made(*arguments)
        for exporter in configuration["exporters"].values():
            exporter["retry_on_failure"] = {"initial_interval": "100ms", "max_interval": "200ms", "max_elapsed_time": "500ms"}
        return configuration

    monkeypatch.setattr(destination, "configuration", impatient)
    monkeypatch.setattr(destination, "SETTLE_SECONDS", 3.0)
    run = Soak("block", tmp_path, Progress(seed=3), Times(down=3, others=1))
    await run.run()
    assert any("acknowledged items did not arrive by grpc" in fault for fault in run.faults)
    assert any("acknowledged items did not arrive by http" in fault for fault in run.faults)


def test_coming_again_too_soon_is_noticed() -> None:
    patience = Patience()
    patience.refused(b"a", 2.0, now=10.0)
    patience.refused(b"b", 2.0, now=10.0)
    patience.came(b"a", now=11.9)
    patience.came(b"b", now=12.0)
    patience.came(b"c", now=12.0)
    assert (patience.told, patience.again, patience.early) == (2, 2, 1)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1000):
            writer.write(data)
    finally:
        writer.transport.abort()  # whatever ends it: what is left open fails a later test when it is collected


@pytest.mark.parametrize(
    ("manner", "all_back"), [(Manner(), True), (Manner(reset_answers_after=5), False), (Manner(reset_after=5), False)]
)
async def test_a_door_forwards_or_resets_and_refuses_when_shut(manner: Manner, all_back: bool) -> None:
    inner, outer = free_ports(2)
    server = await asyncio.start_server(echo, "127.0.0.1", inner)
    door = Door(outer, inner, Random(1))
    await door.open(manner)
    reader, writer = await asyncio.open_connection("127.0.0.1", outer)
    writer.write(b"0123456789")
    if all_back:
        assert await reader.readexactly(10) == b"0123456789"
    else:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(10)
    writer.close()
    await door.shut()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", outer)
    server.close()
