import asyncio
import dataclasses
import gc
import logging
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_agent.config.blocks.exporter_queue import PartitionConfig, QueueBatchConfig, QueueConfig, RetryConfig
from otel_agent.config.component import ComponentKind
from otel_agent.config.ids import parse_component_id
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError, StartError
from otel_agent.pipeline.sending import SendingExporter
from otel_agent.telemetry.metrics import Level, SelfMetrics

Start = Callable[..., Awaitable[SendingExporter]]
Make = Callable[..., Telemetry]
Scrape = Callable[[], dict[str, float]]
SENT = 'otelcol_exporter_sent_spans{exporter="test"}'
FAILED = 'otelcol_exporter_send_failed_spans{exporter="test"}'
ENQUEUE_FAILED = 'otelcol_exporter_enqueue_failed_spans{exporter="test"}'
QUEUE_SIZE = 'otelcol_exporter_queue_size{data_type="traces",exporter="test"}'
IN_FLIGHT = 'otelcol_exporter_in_flight_requests{data_type="traces",exporter="test"}'
NO_RETRY = RetryConfig(enabled=False)


async def test_a_queue_takes_at_once_and_sends_later(start: Start, peer: Any, telemetry_of: Make, scrape: Scrape) -> None:
    peer.gate.clear()
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of(items=4))
    await peer.until(lambda: len(peer.attempts) == 1)
    assert (scrape()[QUEUE_SIZE], scrape()[IN_FLIGHT]) == (1, 1)
    peer.gate.set()
    await exporter.shutdown()
    assert (scrape()[SENT], scrape()[FAILED], scrape()[QUEUE_SIZE], scrape()[IN_FLIGHT]) == (4, 0, 0, 0)
    assert peer.closed


async def test_an_exporter_that_is_only_built_does_not_hide_the_queue_of_the_running_one(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape, make_context: Any
) -> None:
    peer.gate.clear()
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of())
    context = make_context(ComponentKind.EXPORTER, "test")
    SendingExporter(peer=peer, timeout=0, retry=NO_RETRY, queue=QueueConfig(), context=context)
    assert scrape()[QUEUE_SIZE] == 1
    peer.gate.set()


async def test_without_a_queue_the_caller_gets_the_outcome(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = await start(None, retry=NO_RETRY)
    await exporter.consume(telemetry_of(items=2))
    peer.always = RetryableError("down", retry_after=3.0)
    with pytest.raises(RetryableError, match="down") as caught:
        await exporter.consume(telemetry_of(items=2))
    assert caught.value.retry_after == 3.0
    assert (scrape()[SENT], scrape()[FAILED]) == (2, 2)
    assert "Try enabling sending_queue" in caplog.text


async def test_without_a_queue_no_attempt_is_waited_for_that_would_be_too_late_for_the_sender(
    start: Start, peer: Any, telemetry_of: Make
) -> None:
    exporter = await start(None, retry=RetryConfig(initial_interval="1h", max_interval="1h", max_elapsed_time="0s"))
    peer.always = RetryableError("down")
    with pytest.raises(RetryableError, match="down"):
        await asyncio.wait_for(exporter.consume(dataclasses.replace(telemetry_of(), deadline=time.monotonic() + 60)), 20)
    assert len(peer.attempts) == 1


async def test_what_was_queued_is_tried_again_after_the_deadline_of_its_sender(
    start: Start, peer: Any, telemetry_of: Make
) -> None:
    exporter = await start(QueueConfig())
    peer.script = [RetryableError("down"), RetryableError("down")]
    await exporter.consume(dataclasses.replace(telemetry_of(), deadline=time.monotonic()))
    await peer.until(lambda: len(peer.taken) == 1)


@pytest.mark.parametrize("error", [None, PermanentError, RetryableError])
async def test_consumers_at_rest_keep_no_request(start: Start, peer: Any, error: Any) -> None:
    exporter = await start(QueueConfig(num_consumers=4), retry=NO_RETRY)
    peer.script = [error and error("no") for _ in range(12)]
    kept = [bytes(1000 + number) for number in range(12)]
    gc.disable()  # what only a collection frees would stay for minutes
    try:
        for data in kept:
            await exporter.consume(Telemetry(Signal.TRACES, data, 1))
        del data
        await peer.until(lambda: len(peer.attempts) == 12)
        for _ in range(20):
            await asyncio.sleep(0)
        peer.attempts.clear()
        peer.taken.clear()
        assert [sys.getrefcount(kept[number]) for number in range(12)] == [2] * 12
    finally:
        gc.enable()


async def test_requests_without_items_are_ignored(start: Start, peer: Any, telemetry_of: Make) -> None:
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of(items=0))
    await exporter.shutdown()
    assert peer.attempts == []


async def test_a_full_queue_refuses_so_that_the_sender_tries_again(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape
) -> None:
    peer.gate.clear()
    exporter = await start(QueueConfig(queue_size=2, num_consumers=1))
    await exporter.consume(telemetry_of())
    await exporter.consume(telemetry_of())
    with pytest.raises(RetryableError, match="sending queue is full"):
        await exporter.consume(telemetry_of(items=7))
    assert scrape()[ENQUEUE_FAILED] == 7
    peer.gate.set()


@pytest.mark.parametrize(("sizer", "size"), [("items", 5), ("bytes", 60)])
async def test_an_element_larger_than_the_whole_queue_is_refused_for_good(
    start: Start, telemetry_of: Make, sizer: Any, size: int
) -> None:
    exporter = await start(QueueConfig(queue_size=size, sizer=sizer))
    with pytest.raises(PermanentError, match="element size too large"):
        await exporter.consume(telemetry_of(items=6))


async def test_block_on_overflow_waits_for_room(start: Start, peer: Any, telemetry_of: Make) -> None:
    peer.gate.clear()
    exporter = await start(QueueConfig(queue_size=1, num_consumers=1, block_on_overflow=True))
    await exporter.consume(telemetry_of())
    waiting = asyncio.create_task(exporter.consume(telemetry_of(first=1)))
    await peer.until(lambda: len(peer.attempts) == 1)
    assert not waiting.done()
    peer.gate.set()
    await asyncio.wait_for(waiting, 5)
    await exporter.shutdown()
    assert peer.names == Counter({"item-0": 1, "item-1": 1})


async def test_wait_for_result_reports_the_outcome_of_each_request(start: Start, peer: Any, telemetry_of: Make) -> None:
    exporter = await start(QueueConfig(wait_for_result=True, num_consumers=1))
    await exporter.consume(telemetry_of())
    peer.always = PermanentError("bad data", grpc_code=3)
    with pytest.raises(PermanentError, match="bad data") as caught:
        await exporter.consume(telemetry_of())
    assert caught.value.grpc_code == 3


async def test_dropped_data_is_counted_and_logged(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape, caplog: pytest.LogCaptureFixture
) -> None:
    peer.always = PermanentError("bad data")
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of(items=9))
    await exporter.shutdown()
    assert scrape()[FAILED] == 9
    record = next(record for record in caplog.records if record.message == "Exporting failed. Dropping data.")
    assert record.levelno == logging.ERROR
    assert record.__dict__["dropped_items"] == 9


async def test_a_partial_failure_counts_both_parts(start: Start, peer: Any, telemetry_of: Make, scrape: Scrape) -> None:
    rest = telemetry_of(items=2, first=3)
    peer.script = [RetryableError("some", failed=rest), PermanentError("the rest is bad")]
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of(items=5))
    await exporter.shutdown()
    assert [item.items for item in peer.attempts] == [5, 2]
    assert (scrape()[SENT], scrape()[FAILED]) == (3, 2)


async def test_a_storage_that_does_not_run_is_refused_by_name(start: Start) -> None:
    with pytest.raises(StartError, match='sending_queue::storage: extension "file_storage" is not running'):
        await start(QueueConfig(storage=parse_component_id("file_storage")))


async def test_shutdown_keeps_trying_until_the_peer_is_back(start: Start, peer: Any, telemetry_of: Make, scrape: Scrape) -> None:
    slow = RetryConfig(initial_interval="60.0s", max_interval="60.0s", randomization_factor=0.0)
    peer.always = RetryableError("restarting")
    exporter = await start(QueueConfig(), retry=slow)
    await exporter.consume(telemetry_of(items=3))
    await peer.until(lambda: len(peer.attempts) == 1)
    stopping = asyncio.create_task(exporter.shutdown())
    await asyncio.sleep(0)
    peer.always = None
    await asyncio.wait_for(stopping, 5)
    assert (scrape()[SENT], scrape()[FAILED]) == (3, 0)


async def test_what_shutdown_cannot_send_is_counted_and_logged(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape, caplog: pytest.LogCaptureFixture
) -> None:
    peer.always = RetryableError("gone")
    exporter = await start(QueueConfig(num_consumers=2), drain_seconds=0.05)
    for _ in range(5):
        await exporter.consume(telemetry_of(items=2))
    await exporter.shutdown()
    assert (scrape()[SENT], scrape()[FAILED], scrape()[QUEUE_SIZE], scrape()[IN_FLIGHT]) == (0, 10, 0, 0)
    record = next(record for record in caplog.records if record.message == "Exporting failed. Dropping data.")
    assert record.__dict__["dropped_items"] == 10
    assert peer.closed


async def test_a_shutdown_cut_short_still_counts_and_closes(start: Start, peer: Any, telemetry_of: Make, scrape: Scrape) -> None:
    peer.gate.clear()
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of(items=2))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await exporter.shutdown()
    assert scrape()[FAILED] == 2
    assert peer.closed


async def test_callers_waiting_for_room_are_refused_when_the_collector_stops(start: Start, peer: Any, telemetry_of: Make) -> None:
    peer.gate.clear()
    exporter = await start(QueueConfig(queue_size=1, block_on_overflow=True), drain_seconds=0.02)
    await exporter.consume(telemetry_of())
    waiting = [asyncio.create_task(exporter.consume(telemetry_of())) for _ in range(3)]
    await asyncio.sleep(0)
    await exporter.shutdown()
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert all(isinstance(outcome, RetryableError) for outcome in outcomes)


async def test_after_shutdown_nothing_is_accepted(start: Start, telemetry_of: Make) -> None:
    exporter = await start(QueueConfig())
    await exporter.shutdown()
    await exporter.shutdown()
    with pytest.raises(RetryableError, match="shutting down"):
        await exporter.consume(telemetry_of())


async def test_batches_join_small_requests_and_cut_large_ones(start: Start, peer: Any, telemetry_of: Make) -> None:
    batch = QueueBatchConfig(min_size=10, max_size=12, flush_timeout="60.0s")
    exporter = await start(QueueConfig(batch=batch))
    for first in range(0, 9, 3):
        await exporter.consume(telemetry_of(items=3, first=first))
    assert peer.attempts == []
    await exporter.consume(telemetry_of(items=20, first=9))
    await peer.until(lambda: len(peer.taken) == 2)
    await exporter.shutdown()
    assert [item.items for item in peer.taken] == [12, 12, 5]
    assert peer.names == Counter({f"item-{number}": 1 for number in range(29)})


async def test_a_batch_is_sent_when_its_time_is_up(start: Start, peer: Any, telemetry_of: Make) -> None:
    exporter = await start(QueueConfig(batch=QueueBatchConfig(flush_timeout="0.01s")))
    await exporter.consume(telemetry_of(items=2))
    await exporter.consume(telemetry_of(items=1, first=2))
    await peer.until(lambda: len(peer.taken) == 1)
    assert peer.taken[0].items == 3


async def test_a_request_counts_against_the_queue_until_all_its_batches_ended(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape
) -> None:
    exporter = await start(
        QueueConfig(batch=QueueBatchConfig(min_size=4, max_size=4, flush_timeout="60.0s"), wait_for_result=True)
    )
    first = asyncio.create_task(exporter.consume(telemetry_of(items=6)))
    await peer.until(lambda: len(peer.taken) == 1)
    assert not first.done()
    assert scrape()[QUEUE_SIZE] == 1
    await exporter.consume(telemetry_of(items=2, first=6))
    await asyncio.wait_for(first, 5)
    assert scrape()[QUEUE_SIZE] == 0


async def test_partitions_keep_senders_apart_and_pass_their_metadata_on(start: Start, peer: Any, telemetry_of: Make) -> None:
    batch = QueueBatchConfig(flush_timeout="0.01s", partition=PartitionConfig(metadata_keys=["X-Tenant"]))
    exporter = await start(QueueConfig(batch=batch))
    for tenant in ("a", "b", "a"):
        client = ClientInfo("10.0.0.1", {"x-tenant": (tenant,), "other": ("x",)})
        await exporter.consume(telemetry_of(items=1, client=client))
    await peer.until(lambda: len(peer.taken) == 2)
    assert {(str(item.client.metadata["x-tenant"]), item.items) for item in peer.taken} == {("('a',)", 2), ("('b',)", 1)}
    assert all("other" not in item.client.metadata for item in peer.taken)


async def test_batches_by_bytes_stay_below_the_limit(start: Start, peer: Any, telemetry_of: Make) -> None:
    batch = QueueBatchConfig(min_size=0, max_size=400, sizer="bytes", flush_timeout="0.01s")
    exporter = await start(QueueConfig(batch=batch))
    await exporter.consume(telemetry_of(items=50))
    await exporter.shutdown()
    assert all(len(item.data) <= 400 for item in peer.taken)
    assert peer.names == Counter({f"item-{number}": 1 for number in range(50)})


ANSWERS = st.lists(st.sampled_from(["ok", "retry", "bad"]), max_size=30)
QUEUES = st.builds(
    QueueConfig.model_construct,
    num_consumers=st.integers(1, 4),
    queue_size=st.integers(1, 20),
    sizer=st.sampled_from(["requests", "items"]),
    wait_for_result=st.just(False),
    block_on_overflow=st.booleans(),
    storage=st.none(),
    batch=st.none()
    | st.builds(
        QueueBatchConfig.model_construct,
        flush_timeout=st.just(0.001),
        min_size=st.integers(0, 6),
        max_size=st.sampled_from([0, 6, 7]),
        sizer=st.just("items"),
        partition=st.just(PartitionConfig()),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queue=QUEUES, answers=ANSWERS, sizes=st.lists(st.integers(1, 9), max_size=12))
def test_every_accepted_item_is_sent_once_or_reported_dropped(
    queue: QueueConfig, answers: list[str], sizes: list[int], make_context: Any, telemetry_of: Make, host: Any
) -> None:
    asyncio.run(_run(queue, answers, sizes, make_context, telemetry_of, host))


async def _run(
    queue: QueueConfig, answers: list[str], sizes: list[int], make_context: Any, telemetry_of: Make, host: Any
) -> None:
    taken: list[Telemetry] = []

    class Peer:
        async def open(self, host: Any) -> None: ...

        async def close(self) -> None: ...

        async def push(self, telemetry: Telemetry) -> None:
            await asyncio.sleep(0)
            answer = answers.pop() if answers else "ok"
            if answer == "retry":
                raise RetryableError("down")
            if answer == "bad":
                raise PermanentError("bad")
            taken.append(telemetry)

    context = dataclasses.replace(make_context(ComponentKind.EXPORTER, "test"), metrics=SelfMetrics())
    retry = RetryConfig(initial_interval="0.0s", max_interval="0.0s", randomization_factor=0.0, max_elapsed_time="0.0s")
    exporter = SendingExporter(peer=Peer(), timeout=0, retry=retry, queue=queue, context=context)
    await exporter.start(host)
    accepted, first = 0, 0
    for size in sizes:
        try:
            await exporter.consume(telemetry_of(items=size, first=first))
            accepted += size
        except (RetryableError, PermanentError):
            pass
        first += size
    await exporter.shutdown()
    metrics = context.metrics.exporter(context.id, context.signal)
    assert metrics.sent.value == sum(item.items for item in taken)
    assert metrics.sent.value + metrics.send_failed.value == accepted
    assert metrics.enqueue_failed.value == sum(sizes) - accepted
    assert metrics.in_flight.value == 0
    names = [
        span.name
        for item in taken
        for resource in parse(item.signal, item.data).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("level", [Level.DETAILED])
@pytest.mark.parametrize(
    ("error", "labels"),
    [
        (PermanentError("no", grpc_code=7), 'error_permanent="true",error_type="PermissionDenied"'),
        (RetryableError("later", grpc_code=14), 'error_permanent="false",error_type="Unavailable"'),
        (PermanentError("no"), 'error_permanent="true",error_type="_OTHER"'),
    ],
)
async def test_failures_are_told_apart_at_level_detailed(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape, error: Exception, labels: str
) -> None:
    peer.script.append(error)
    exporter = await start(QueueConfig(), retry=NO_RETRY)
    await exporter.consume(telemetry_of(items=2))
    await exporter.shutdown()
    series = [name for name in scrape() if name.startswith("otelcol_exporter_send_failed_spans") and "error_type" in name]
    assert series == [f'otelcol_exporter_send_failed_spans{{{labels},exporter="test"}}']
    assert scrape()[series[0]] == 2


@pytest.mark.parametrize("level", [Level.DETAILED])
async def test_sizes_of_queued_and_sent_requests_are_recorded_at_level_detailed(
    start: Start, peer: Any, telemetry_of: Make, scrape: Scrape
) -> None:
    exporter = await start(QueueConfig())
    telemetry = telemetry_of(items=4)
    await exporter.consume(telemetry)
    await exporter.shutdown()
    labels = '{exporter="test"}'
    for name in ("exporter_enqueue_size", "exporter_queue_batch_send_size"):
        assert scrape()[f"otelcol_{name}_sum{labels}"] == 4
        assert scrape()[f"otelcol_{name}_bytes_sum{labels}"] == len(telemetry.data)


async def test_below_level_detailed_neither_is_shown(start: Start, peer: Any, telemetry_of: Make, scrape: Scrape) -> None:
    exporter = await start(QueueConfig())
    await exporter.consume(telemetry_of())
    await exporter.shutdown()
    assert not any("enqueue_size" in name or "error_type" in name for name in scrape())
