import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Signal
from otel_agent.pipeline.component import Processor, PromptConsumer
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.processors.batch.config import BatchConfig
from otel_agent.processors.batch.factory import create
from otel_agent.telemetry.metrics import Level

Running = Callable[..., AbstractAsyncContextManager[Processor]]


@pytest.fixture
def running(sink: Any, make_context: Any, host: Any) -> Running:
    @asynccontextmanager
    async def run(signal: Signal = Signal.TRACES, **config: Any) -> AsyncIterator[Processor]:
        context = make_context(ComponentKind.PROCESSOR, "batch", signal, sink)
        processor = create(BatchConfig.model_validate(config), context)
        await processor.start(host)
        try:
            yield processor
        finally:
            await processor.shutdown()

    return run


async def test_requests_are_joined_until_the_size_is_reached(running: Running, sink: Any, telemetry_of: Any) -> None:
    async with running(timeout="1h", send_batch_size=10) as batch:
        for first in range(0, 12, 4):
            await batch.consume(telemetry_of(items=4, first=first))
        await sink.reached(12)
    (sent,) = sink.received
    assert sent.items == kernel.check(Signal.TRACES, sent.data) == 12
    assert sent.client is NO_CLIENT


async def test_a_small_batch_is_sent_after_the_timeout(running: Running, sink: Any, telemetry_of: Any, scrape: Any) -> None:
    async with running(timeout="10ms") as batch:
        await batch.consume(telemetry_of(items=1))
        await batch.consume(telemetry_of(items=2))
        await sink.reached(3)
        await batch.consume(telemetry_of(items=4))
        await sink.reached(7)
    assert sink.sizes == [3, 4]
    assert scrape()['otelcol_processor_batch_timeout_trigger_send{processor="batch"}'] == 2


@pytest.mark.parametrize("config", [{"timeout": 0}, {"send_batch_size": 0}])
async def test_without_timeout_or_size_every_request_is_sent_at_once(
    config: dict[str, Any], running: Running, sink: Any, telemetry_of: Any
) -> None:
    async with running(**config) as batch:
        for _ in range(3):
            await batch.consume(telemetry_of(items=2))
            await sink.reached(2)
    assert sink.sizes == [2, 2, 2]


@pytest.mark.parametrize("signal", Signal)
async def test_the_maximum_size_cuts_and_keeps_the_rest_for_later(
    signal: Signal, running: Running, sink: Any, telemetry_of: Any
) -> None:
    async with running(signal, timeout="1h", send_batch_size=4, send_batch_max_size=5) as batch:
        await batch.consume(telemetry_of(signal, items=12))
        await sink.reached(10)
        assert sink.sizes == [5, 5]
    assert sink.sizes == [5, 5, 2]
    assert all(kernel.check(signal, sent.data) == sent.items for sent in sink.received)


async def test_the_maximum_size_cuts_without_timeout_too(running: Running, sink: Any, telemetry_of: Any) -> None:
    async with running(timeout=0, send_batch_max_size=8192 * 2, send_batch_size=0) as batch:
        await batch.consume(telemetry_of(items=3))
    async with running(timeout=0, send_batch_size=1, send_batch_max_size=2) as batch:
        await batch.consume(telemetry_of(items=5))
        await sink.reached(8)
    assert sink.sizes == [3, 2, 2, 1]


async def test_shutdown_sends_the_rest_and_then_refuses(running: Running, sink: Any, telemetry_of: Any) -> None:
    async with running(timeout="1h") as batch:
        await batch.consume(telemetry_of(items=3))
        assert sink.received == []
    assert sink.sizes == [3]
    with pytest.raises(RetryableError, match="not running"):
        await batch.consume(telemetry_of())


async def test_a_failed_send_is_logged_and_the_next_batch_still_goes(
    running: Running, sink: Any, telemetry_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with running(timeout=0) as batch:
            sink.error = RetryableError("no route")
            await batch.consume(telemetry_of(items=3))
            await sink.refused.wait()
            sink.error = None
            await batch.consume(telemetry_of(items=2))
            await sink.reached(2)
    (record,) = caplog.records
    assert (record.message, record.__dict__["error"], record.__dict__["dropped_items"]) == ("Sender failed", "no route", 3)


async def test_a_producer_waits_while_too_much_is_collected(running: Running, sink: Any, telemetry_of: Any) -> None:
    sink.gate.clear()
    async with running(timeout="1h", send_batch_size=8000) as batch:
        await batch.consume(telemetry_of(items=8000))
        await sink.arrived.wait()
        await batch.consume(telemetry_of(items=8000))
        await batch.consume(telemetry_of(items=8400))
        blocked = asyncio.ensure_future(batch.consume(telemetry_of(items=7)))
        await asyncio.sleep(0.01)
        assert not blocked.done()
        sink.gate.set()
        await blocked
    assert sum(sink.sizes) == 8000 + 8000 + 8400 + 7


async def test_metadata_keys_keep_clients_apart(running: Running, sink: Any, telemetry_of: Any, scrape: Any) -> None:
    async with running(timeout="1h", metadata_keys=["Tenant"]) as batch:
        for tenant in ("a", "b", "a"):
            client = ClientInfo("1.2.3.4", {"tenant": (tenant,), "other": ("x",)})
            await batch.consume(telemetry_of(items=1, client=client))
        await batch.consume(telemetry_of(items=5))
        assert scrape()['otelcol_processor_batch_metadata_cardinality{processor="batch"}'] == 3
    sent = {telemetry.client.metadata.get("tenant"): telemetry.items for telemetry in sink.received}
    assert sent == {("a",): 2, ("b",): 1, None: 5}
    assert all(telemetry.client.metadata.keys() <= {"tenant"} and not telemetry.client.address for telemetry in sink.received)


async def test_too_many_metadata_combinations_are_refused(running: Running, telemetry_of: Any) -> None:
    async with running(metadata_keys=["t"], metadata_cardinality_limit=1) as batch:
        await batch.consume(telemetry_of(client=ClientInfo(metadata={"t": ("a",)})))
        with pytest.raises(PermanentError, match="too many batcher metadata-value combinations"):
            await batch.consume(telemetry_of(client=ClientInfo(metadata={"t": ("b",)})))


@pytest.mark.parametrize("level", [Level.DETAILED])
async def test_sizes_are_recorded(running: Running, telemetry_of: Any, scrape: Any) -> None:
    async with running(send_batch_size=4) as batch:
        await batch.consume(telemetry_of(items=4))
    values = scrape()
    assert values['otelcol_processor_batch_batch_send_size_sum{processor="batch"}'] == 4
    assert values['otelcol_processor_batch_batch_size_trigger_send{processor="batch"}'] == 1
    assert values['otelcol_processor_batch_batch_send_size_bytes_count{processor="batch"}'] == 1


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"send_batch_size": 10, "send_batch_max_size": 9}, "send_batch_max_size must be greater or equal to send_batch_size"),
        ({"timeout": "-1s"}, "timeout must be greater or equal to 0"),
        ({"metadata_keys": ["A", "a"]}, 'duplicate entry in metadata_keys: "a"'),
    ],
)
def test_contradictions_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BatchConfig.model_validate(config)


async def test_a_batch_that_was_sent_is_kept_no_longer(running: Running, sink: Any, telemetry_of: Any) -> None:
    async with running(timeout="1h", send_batch_size=10) as batch:
        await batch.consume(telemetry_of(items=12))
        await sink.reached(12)
        for _ in range(5):
            await asyncio.sleep(0)
        data = sink.received.pop().data
        assert sys.getrefcount(data) == 2


async def test_a_request_is_collected_at_once_while_there_is_room(running: Running, sink: Any, telemetry_of: Any) -> None:
    sink.gate.clear()
    async with running(timeout="1h", send_batch_size=10) as batch:
        assert isinstance(batch, PromptConsumer)
        taken = 0
        for _ in range(100):
            if batch.consume_now(telemetry_of(items=1000)):
                taken += 1
            await asyncio.sleep(0)
        assert 16 <= taken < 100  # 16,384 items wait, and what is being sent
        late = asyncio.create_task(batch.consume(telemetry_of(items=7)))
        await asyncio.sleep(0)
        assert not late.done()
        sink.gate.set()
        await late
        assert batch.consume_now(telemetry_of(items=20))
        await sink.reached(taken * 1000 + 27)
    with pytest.raises(RetryableError):
        batch.consume_now(telemetry_of())


async def test_collecting_at_once_tells_clients_apart_too(running: Running, sink: Any, telemetry_of: Any) -> None:
    async with running(timeout="1h", metadata_keys=["Tenant"], metadata_cardinality_limit=2) as batch:
        assert isinstance(batch, PromptConsumer)
        for tenant in ("a", "b", "a"):
            assert batch.consume_now(telemetry_of(client=ClientInfo(metadata={"tenant": (tenant,)})))
        with pytest.raises(PermanentError):
            batch.consume_now(telemetry_of(client=ClientInfo(metadata={"tenant": ("c",)})))
    assert {each.client.metadata["tenant"]: each.items for each in sink.received} == {("a",): 2, ("b",): 1}
