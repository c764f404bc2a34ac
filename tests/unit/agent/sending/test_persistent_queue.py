"""The persistent queue on a real file storage. A restart is a new storage and exporter on the same directory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.blocks.exporter_queue import PartitionConfig, QueueBatchConfig, QueueConfig, RetryConfig
from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.factory import create
from otel_agent.pdata.telemetry import ClientInfo, Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.pipeline.sending import SendingExporter

Make = Callable[..., Telemetry]
Scrape = Callable[[], dict[str, float]]
QUEUE_SIZE = 'otelcol_exporter_queue_size{data_type="traces",exporter="test"}'
FAILED = 'otelcol_exporter_send_failed_spans{exporter="test"}'
ENQUEUE_FAILED = 'otelcol_exporter_enqueue_failed_spans{exporter="test"}'
UNDECODABLE = 'otelcol_exporter_queue_undecodable_requests{data_type="traces",exporter="test"}'
FAST = RetryConfig(initial_interval="0.001s", max_interval="0.002s", randomization_factor=0.0, max_elapsed_time="0s")
STORAGE = ComponentId("file_storage")


class StorageHost:
    """A host with one file storage."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage

    def extension(self, component_id: ComponentId) -> Any:
        return {STORAGE: self.storage}[component_id]

    def report_fatal(self, *arguments: Any) -> None: ...

    def report_status(self, *arguments: Any) -> None: ...


class Run:
    """One life of a collector: its storage and its exporter."""

    def __init__(self, exporter: SendingExporter, storage: Any) -> None:
        self.exporter = exporter
        self.storage = storage

    async def stop(self) -> None:
        await self.exporter.shutdown()
        await self.storage.shutdown()

    async def kill(self) -> None:
        """Leave the directory as SIGKILL would: no flush, no drain, only the lock is released."""
        for worker in self.exporter._workers:
            worker.cancel()
        await asyncio.gather(*self.exporter._workers, return_exceptions=True)
        await self.storage.shutdown()


@pytest.fixture
async def run(tmp_path: Path, peer: Any, make_context: Any) -> AsyncIterator[Callable[..., Awaitable[Run]]]:
    runs: list[Run] = []

    async def start(retry: RetryConfig = FAST, storage: dict[str, Any] | None = None, drain: float = 5, **queue: Any) -> Run:
        config = FileStorageConfig.model_validate({"directory": str(tmp_path / "storage"), **(storage or {})})
        extension = create(config, make_context(ComponentKind.EXTENSION, "file_storage", None))
        host: Any = StorageHost(extension)
        await extension.start(host)
        exporter = SendingExporter(
            peer=peer,
            timeout=5,
            retry=retry,
            queue=QueueConfig(storage=STORAGE, **queue),
            context=make_context(ComponentKind.EXPORTER, "test"),
            drain_seconds=drain,
        )
        runs.append(Run(exporter, extension))
        await exporter.start(host)
        return runs[-1]

    yield start
    for item in runs:
        await item.stop()


def once(names: Counter[str]) -> bool:
    return set(names.values()) <= {1}


async def test_what_was_sent_is_not_sent_again_after_a_restart(run: Any, peer: Any, telemetry_of: Make) -> None:
    first = await run()
    for number in range(5):
        await first.exporter.consume(telemetry_of(first=number))
    await peer.until(lambda: len(peer.taken) == 5)
    await first.stop()
    second = await run()
    await second.exporter.consume(telemetry_of(first=5))
    await peer.until(lambda: len(peer.taken) == 6)
    assert once(peer.names)


async def test_requests_waiting_and_being_sent_survive_a_kill_in_their_order(run: Any, peer: Any, telemetry_of: Make) -> None:
    peer.gate.clear()
    first = await run(num_consumers=2)
    for number in range(6):
        await first.exporter.consume(telemetry_of(first=number))
    await peer.until(lambda: len(peer.attempts) == 2)
    await first.kill()
    peer.gate.set()
    second = await run(num_consumers=1)
    await second.exporter.consume(telemetry_of(first=6))
    await peer.until(lambda: len(peer.taken) == 7)
    assert list(peer.names) == [f"item-{number}" for number in range(7)]


async def test_metadata_of_the_sender_survives_and_what_its_authenticator_said_does_not(
    run: Any, peer: Any, telemetry_of: Make
) -> None:
    client = ClientInfo("10.0.0.1", {"x-tenant": ("a", "b")}, {"username": "jane"})
    peer.gate.clear()
    first = await run()
    await first.exporter.consume(telemetry_of(client=client))
    await peer.until(lambda: len(peer.attempts) == 1)
    await first.kill()
    peer.gate.set()
    await run()
    await peer.until(lambda: len(peer.taken) == 1)
    assert [attempt.client for attempt in peer.attempts] == [ClientInfo(client.address, client.metadata)] * 2


async def test_shutdown_with_the_peer_down_is_quick_and_keeps_everything(
    run: Any, peer: Any, telemetry_of: Make, scrape: Scrape, caplog: pytest.LogCaptureFixture
) -> None:
    peer.always = RetryableError("down")
    slow = RetryConfig(initial_interval="60s", max_interval="60s")
    first = await run(retry=slow, num_consumers=2)
    for number in range(5):
        await first.exporter.consume(telemetry_of(first=number))
    await peer.until(lambda: len(peer.attempts) == 2)
    async with asyncio.timeout(2):
        await first.stop()
    assert scrape()[FAILED] == 0
    assert "Dropping data" not in caplog.text
    peer.always = None
    await run()
    await peer.until(lambda: len(peer.taken) == 5)
    assert once(peer.names)


async def test_what_a_hanging_peer_holds_at_shutdown_is_kept(run: Any, peer: Any, telemetry_of: Make, scrape: Scrape) -> None:
    peer.gate.clear()
    first = await run(drain=0.1)
    await first.exporter.consume(telemetry_of())
    await peer.until(lambda: len(peer.attempts) == 1)
    await first.stop()
    assert scrape()[FAILED] == 0
    peer.gate.set()
    await run()
    await peer.until(lambda: len(peer.taken) == 1)


async def test_what_the_peer_refuses_for_good_is_dropped_for_good(
    run: Any, peer: Any, telemetry_of: Make, scrape: Scrape
) -> None:
    peer.script = [PermanentError("bad")]
    first = await run(num_consumers=1)
    await first.exporter.consume(telemetry_of(items=3))
    await first.exporter.consume(telemetry_of(first=3))
    await peer.until(lambda: len(peer.taken) == 1)
    await first.stop()
    assert scrape()[FAILED] == 3
    await run()
    await asyncio.sleep(0.05)
    assert list(peer.names) == ["item-3"]


@pytest.mark.parametrize(("sizer", "size"), [("requests", 3), ("items", 6)])
async def test_the_size_after_a_restart_is_in_units_of_the_sizer(
    run: Any, peer: Any, telemetry_of: Make, scrape: Scrape, sizer: str, size: int
) -> None:
    peer.gate.clear()
    first = await run(sizer=sizer, queue_size=100)
    for number in range(3):
        await first.exporter.consume(telemetry_of(items=2, first=2 * number))
    assert scrape()[QUEUE_SIZE] == size
    await first.kill()
    second = await run(sizer=sizer, queue_size=size)
    assert scrape()[QUEUE_SIZE] == size
    with pytest.raises(RetryableError, match="queue is full"):
        await second.exporter.consume(telemetry_of())
    peer.gate.set()
    await peer.until(lambda: len(peer.taken) == 3)
    await second.stop()
    assert scrape()[QUEUE_SIZE] == 0


async def test_block_on_overflow_waits_for_room_and_is_refused_at_shutdown(run: Any, peer: Any, telemetry_of: Make) -> None:
    peer.gate.clear()
    first = await run(queue_size=1, block_on_overflow=True, drain=0.1)
    await first.exporter.consume(telemetry_of())
    second = asyncio.create_task(first.exporter.consume(telemetry_of(first=1)))
    third = asyncio.create_task(first.exporter.consume(telemetry_of(first=2)))
    peer.gate.set()
    await second
    await third
    await peer.until(lambda: len(peer.taken) == 3)
    peer.gate.clear()
    await first.exporter.consume(telemetry_of(first=3))
    late = asyncio.create_task(first.exporter.consume(telemetry_of(first=4)))
    await peer.until(lambda: len(peer.attempts) == 4)
    await first.stop()
    with pytest.raises(RetryableError, match="shutting down"):
        await late


async def test_a_full_storage_refuses_so_that_the_sender_tries_again(
    run: Any, peer: Any, telemetry_of: Make, scrape: Scrape
) -> None:
    peer.gate.clear()
    first = await run(storage={"max_size_mib": 1})
    accepted = 5
    for number in range(accepted):
        await first.exporter.consume(telemetry_of(first=number, service="x" * 200_000))
    with pytest.raises(RetryableError, match="storage is full"):
        await first.exporter.consume(telemetry_of(first=accepted, service="x" * 200_000))
    assert scrape()[ENQUEUE_FAILED] == 1
    assert scrape()[QUEUE_SIZE] == accepted
    peer.gate.set()
    await peer.until(lambda: len(peer.taken) == accepted)
    await first.exporter.consume(telemetry_of(first=accepted))
    await peer.until(lambda: len(peer.taken) == accepted + 1)


async def test_undecodable_requests_are_dropped_counted_and_logged(
    run: Any, peer: Any, telemetry_of: Make, scrape: Scrape, caplog: pytest.LogCaptureFixture
) -> None:
    peer.gate.clear()
    first = await run()
    await first.exporter.consume(telemetry_of(first=0))
    queue = first.exporter._queue
    await queue._client.set("7", b"something else")  # type: ignore[union-attr]
    await first.exporter.consume(telemetry_of(first=2))
    await first.kill()
    peer.gate.set()
    second = await run()
    await peer.until(lambda: "item-2" in peer.names)
    await second.stop()
    assert scrape()[UNDECODABLE] == 1
    assert "Dropping a stored request that cannot be read" in caplog.text
    await run()
    assert scrape()[QUEUE_SIZE] == 0


async def test_batches_are_made_of_stored_requests(run: Any, peer: Any, telemetry_of: Make) -> None:
    batch = QueueBatchConfig(min_size=4, max_size=5, flush_timeout="20ms")
    first = await run(batch=batch)
    for number in range(4):
        await first.exporter.consume(telemetry_of(items=3, first=3 * number))
    await peer.until(lambda: sum(telemetry.items for telemetry in peer.taken) == 12)
    assert max(telemetry.items for telemetry in peer.taken) <= 5
    await first.stop()
    await run(batch=batch)
    await asyncio.sleep(0.05)
    assert len(peer.names) == 12
    assert once(peer.names)


async def test_a_batch_not_yet_sent_survives_a_stop(run: Any, peer: Any, telemetry_of: Make) -> None:
    partition = PartitionConfig(metadata_keys=["x-tenant"])
    batch = QueueBatchConfig(min_size=100, flush_timeout="1h", partition=partition)
    first = await run(batch=batch)
    await first.exporter.consume(telemetry_of(client=ClientInfo("", {"x-tenant": ("a",)})))
    await asyncio.sleep(0.02)
    await first.stop()
    assert not peer.taken
    await run(batch=QueueBatchConfig(min_size=1, partition=partition))
    await peer.until(lambda: len(peer.taken) == 1)
    assert peer.taken[0].client.metadata == {"x-tenant": ("a",)}


async def test_a_queue_larger_than_its_consumers_stays_out_of_memory(run: Any, peer: Any, telemetry_of: Make) -> None:
    peer.gate.clear()
    first = await run(num_consumers=2)
    for number in range(30):
        await first.exporter.consume(telemetry_of(first=number))
    await asyncio.sleep(0.02)
    queue: Any = first.exporter._queue
    assert queue._ready.qsize() == 2
    assert len(queue._fresh) <= 2
    peer.gate.set()
    await peer.until(lambda: len(peer.taken) == 30)
    assert once(peer.names)


async def test_fsync_accepts_and_sends_the_same(run: Any, peer: Any, telemetry_of: Make) -> None:
    first = await run(storage={"fsync": True})
    await asyncio.gather(*(first.exporter.consume(telemetry_of(first=number)) for number in range(20)))
    await peer.until(lambda: len(peer.taken) == 20)
    assert once(peer.names)


async def test_a_batch_that_waits_for_its_next_attempt_is_kept_whole(run: Any, peer: Any, telemetry_of: Make) -> None:
    """Of a request in two batches, one sent and one interrupted, both parts are sent again: twice rather than never."""
    batch = QueueBatchConfig(min_size=3, max_size=3, flush_timeout="10ms")
    slow = RetryConfig(initial_interval="60s", max_interval="60s")
    peer.script = [None]
    peer.always = RetryableError("down")
    first = await run(retry=slow, batch=batch, num_consumers=1)
    await first.exporter.consume(telemetry_of(items=4))
    await peer.until(lambda: len(peer.attempts) == 2)
    assert len(peer.names) == 3
    await first.stop()
    peer.always = None
    await run(batch=batch)
    await peer.until(lambda: len(peer.names) == 4)
    assert set(peer.names) == {f"item-{number}" for number in range(4)}
