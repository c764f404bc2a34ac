import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import PromptConsumer
from otel_agent.pipeline.errors import GraphError, PermanentError, RetryableError
from otel_agent.processors.tail_sampling.config import TailSamplingConfig
from otel_agent.processors.tail_sampling.factory import create
from otel_agent.processors.tail_sampling.processor import TailSamplingProcessor
from otel_agent.processors.tail_sampling.sampler import TICKS_A_SECOND
from tests.unit.agent.processors.tail_sampling.conftest import request_of

Running = Callable[..., AbstractAsyncContextManager[TailSamplingProcessor]]
LOST = 'otelcol_processor_tail_sampling_spans_lost_downstream{processor="tail_sampling"}'


def spans_of(*spans: dict[str, Any]) -> Telemetry:
    return Telemetry(Signal.TRACES, request_of(*spans), len(spans))


@pytest.fixture
def running(sink: Any, make_context: Any, host: Any) -> Running:
    @asynccontextmanager
    async def run(**config: Any) -> AsyncIterator[TailSamplingProcessor]:
        config.setdefault("policies", [{"name": "all", "type": "always_sample"}])
        context = make_context(ComponentKind.PROCESSOR, "tail_sampling", Signal.TRACES, sink)
        processor = create(TailSamplingConfig.model_validate(config), context)
        assert isinstance(processor, TailSamplingProcessor)
        await processor.start(host)
        try:
            yield processor
        finally:
            await processor.shutdown()

    return run


async def test_its_clock_decides_and_hands_on(running: Running, sink: Any) -> None:
    async with running(decision_wait="1s") as sampling:
        await sampling.consume(spans_of({"trace": 1}, {"trace": 2}))
        await sink.reached(2)
    assert sink.sizes == [2]


async def test_what_is_undecided_at_shutdown_is_decided_then(running: Running, sink: Any) -> None:
    async with running() as sampling:
        await sampling.consume(spans_of({"trace": 1}))
        assert sink.received == []
    assert sink.sizes == [1]


async def test_what_is_undecided_at_shutdown_is_dropped_where_that_is_asked_for(
    running: Running, sink: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(drop_pending_traces_on_shutdown=True) as sampling:
        await sampling.consume(spans_of({"trace": 1}))
    assert sink.received == []
    assert "Traces are dropped undecided at shutdown" in caplog.text


async def test_late_spans_do_not_wait_for_the_next_second(running: Running, sink: Any) -> None:
    async with running(decision_wait="1s") as sampling:
        await sampling.consume(spans_of({"trace": 1}))
        await sink.reached(1)
        await sampling.consume(spans_of({"trace": 1}, {"trace": 1}))
        await sink.reached(3)
    assert sink.sizes == [1, 2]


async def test_a_sender_waits_while_memory_is_full_if_asked_to(running: Running, sink: Any) -> None:
    async with running(num_traces=1, block_on_overflow=True) as sampling:
        assert isinstance(sampling, PromptConsumer)
        assert sampling.consume_now(spans_of({"trace": 1}))
        assert not sampling.consume_now(spans_of({"trace": 2}))
        waiting = asyncio.ensure_future(sampling.consume(spans_of({"trace": 2})))
        for _ in range(32 * TICKS_A_SECOND):
            await sampling.tick()
        await waiting
        assert sink.sizes == [1]
    assert sink.sizes == [1, 1]


async def test_a_waiting_sender_is_refused_at_shutdown(running: Running) -> None:
    async with running(num_traces=1, block_on_overflow=True) as sampling:
        await sampling.consume(spans_of({"trace": 1}))
        waiting = asyncio.ensure_future(sampling.consume(spans_of({"trace": 2})))
        await asyncio.sleep(0)
        await sampling.shutdown()
        with pytest.raises(RetryableError, match="shutting down"):
            await waiting


async def test_what_the_next_component_refuses_is_counted_and_logged(
    running: Running, sink: Any, scrape: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sink.error = RetryableError("full")
    async with running() as sampling:
        await sampling.consume(spans_of({"trace": 1}, {"trace": 1}))
    assert scrape()[LOST] == 2
    assert "Error sending spans to destination" in caplog.text


async def test_dropped_traces_and_latecomers_are_logged_once_a_second(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with running(num_traces=1, decision_wait="1s") as sampling:
        await sampling.consume(spans_of({"trace": 1}, {"trace": 2}, {"trace": 3, "start_time_unix_nano": 1}))
        for _ in range(3 * TICKS_A_SECOND):
            await sampling.tick()
    (dropped,) = [record for record in caplog.records if record.message.startswith("Traces were dropped before")]
    (late,) = [record for record in caplog.records if record.message.startswith("Spans came of traces that began")]
    assert dropped.__dict__["dropped_traces"] == 2
    assert late.__dict__["late_spans"] == 1


async def test_malformed_spans_are_refused_for_good(running: Running) -> None:
    async with running() as sampling:
        with pytest.raises(PermanentError, match="malformed"):
            await sampling.consume(Telemetry(Signal.TRACES, b"\x0a\xff", 1))


def test_a_policy_that_cannot_be_compiled_keeps_the_pipeline_from_being_built(make_context: Any, sink: Any) -> None:
    block = {"key": "k", "values": ["("], "enabled_regex_matching": True}
    config = {"policies": [{"name": "a", "type": "string_attribute", "string_attribute": block}]}
    context = make_context(ComponentKind.PROCESSOR, "tail_sampling", Signal.TRACES, sink)
    with pytest.raises(GraphError, match=r'processor "tail_sampling": pattern'):
        create(TailSamplingConfig.model_validate(config), context)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"decision_wait": "-1s"}, "decision_wait must not be negative"),
        ({"sampling_strategy": "span-ingest"}, "not supported"),
        ({"sampling_strategy": "x"}, "invalid sampling_strategy"),
        ({"tail_storage": "redis"}, "tail_storage is not supported"),
        ({"num_traces": 0}, "num_traces"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_settings_that_cannot_work_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TailSamplingConfig.model_validate(config)
