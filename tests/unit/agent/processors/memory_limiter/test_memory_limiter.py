import logging
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import RetryableError
from otel_agent.processors.memory_limiter.config import MemoryLimiterConfig
from otel_agent.processors.memory_limiter.factory import create
from otel_agent.processors.memory_limiter.processor import MemoryLimiterProcessor
from otel_agent.processors.memory_limiter.rules import GcPacing, Limits, limits_of
from otel_agent.processors.memory_limiter.watch import MemoryWatch
from otel_agent.telemetry.available_memory import available_bytes
from otel_agent.telemetry.footprint import release_unused

MIB = 1024 * 1024


def config_of(**raw: Any) -> MemoryLimiterConfig:
    return MemoryLimiterConfig.model_validate({"limit_mib": 100, **raw})


class Memory:
    """Memory whose use is set by the test; collecting garbage frees `garbage`."""

    def __init__(self) -> None:
        self.used = 0
        self.garbage = 0
        self.collections = 0

    def measure(self) -> int:
        return self.used * MIB

    def collect(self) -> None:
        self.collections += 1
        self.used -= self.garbage


def watch_of(memory: Memory, **raw: Any) -> MemoryWatch:
    config = config_of(**raw)
    limits = limits_of(config, lambda: 1000 * MIB)
    return MemoryWatch(config, limits, logging.getLogger("test"), measure=memory.measure, collect=memory.collect)


def test_spike_defaults_to_a_fifth_of_the_limit() -> None:
    assert limits_of(config_of(), lambda: 0) == Limits(soft=80 * MIB, hard=100 * MIB)
    assert limits_of(config_of(spike_limit_mib=30), lambda: 0) == Limits(soft=70 * MIB, hard=100 * MIB)


def test_percentages_are_of_the_available_memory_and_mib_wins() -> None:
    percent = {"limit_percentage": 50, "spike_limit_percentage": 10}
    assert limits_of(config_of(limit_mib=0, **percent), lambda: 1000) == Limits(soft=400, hard=500)
    assert limits_of(config_of(**percent), lambda: 1000).hard == 100 * MIB


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"check_interval": 0}, "'check_interval' must be greater than zero"),
        ({"limit_mib": 0}, "'limit_mib' or 'limit_percentage' must be greater than zero"),
        ({"spike_limit_mib": 100}, "'spike_limit_mib' must be smaller than 'limit_mib'"),
        ({"limit_percentage": 101}, "less than or equal to 100"),
        ({"limit_mib": 0, "limit_percentage": 10, "spike_limit_percentage": 11}, "must not be greater"),
        ({"min_gc_interval_when_hard_limited": "11s"}, "should be larger"),
        ({"max_gc_interval_when_soft_limited": "9s"}, "must not be smaller"),
    ],
)
def test_contradictions_are_refused(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(**raw)


def test_data_is_refused_above_the_soft_limit_and_taken_again_below() -> None:
    memory = Memory()
    watch, changes = watch_of(memory), []
    watch.on_change = changes.append
    for now, used in enumerate((50, 81, 90, 79)):
        memory.used = used
        watch.check(float(now))
    assert changes == [True, False]


def test_garbage_is_collected_above_the_hard_limit_and_may_end_the_trouble() -> None:
    memory = Memory()
    watch = watch_of(memory)
    memory.used, memory.garbage = 120, 60
    watch.check(0.0)
    assert (memory.collections, watch.refusing) == (1, False)


def test_collections_that_free_little_become_rarer() -> None:
    memory = Memory()
    watch = watch_of(memory, max_gc_interval_when_hard_limited="8s")
    memory.used = 120
    at = []
    for now in range(40):
        before = memory.collections
        watch.check(float(now))
        if memory.collections > before:
            at.append(now)
    assert at == [0, 2, 6, 14, 22, 30, 38]


def test_pacing_starts_over_after_a_collection_that_helped() -> None:
    pacing = GcPacing(min_interval=1.0, max_interval=10.0, check_interval=1.0)
    pacing.note(0.0, before=100, after=99)
    assert not pacing.allows(1.5)
    pacing.note(2.0, before=100, after=50)
    assert pacing.allows(3.0)


async def test_refusal_is_retryable_counted_and_reported(
    sink: Any, host: Any, make_context: Any, telemetry_of: Any, scrape: Any
) -> None:
    memory = Memory()
    watch = watch_of(memory)
    processor = MemoryLimiterProcessor(make_context(ComponentKind.PROCESSOR, "memory_limiter", Signal.LOGS, sink), watch)
    await processor.start(host)
    await processor.consume(telemetry_of(Signal.LOGS, items=2))
    memory.used = 90
    watch.check(0.0)
    with pytest.raises(RetryableError, match="data refused due to high memory usage"):
        await processor.consume(telemetry_of(Signal.LOGS, items=3))
    memory.used = 10
    watch.check(1.0)
    await processor.consume(telemetry_of(Signal.LOGS, items=1))
    await processor.shutdown()
    await processor.shutdown()
    assert sink.sizes == [2, 1]
    assert host.statuses == [("StatusRecoverableError", "data refused due to high memory usage"), ("StatusOK", "")]
    assert scrape()['otelcol_processor_accepted_log_records{processor="memory_limiter"}'] == 3
    assert scrape()['otelcol_processor_refused_log_records{processor="memory_limiter"}'] == 3


class Prompt:
    """A consumer that takes at once, but for one request, or raises."""

    def __init__(self) -> None:
        self.items = 0
        self.answers: list[bool | Exception] = []

    def consume_now(self, telemetry: Any) -> bool:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self.items += telemetry.items if answer else 0
        return answer

    async def consume(self, telemetry: Any) -> None:
        self.items += telemetry.items


async def test_what_passes_at_once_is_counted_once_and_refused_alike(make_context: Any, telemetry_of: Any, scrape: Any) -> None:
    memory, end = Memory(), Prompt()
    watch = watch_of(memory)
    processor = MemoryLimiterProcessor(make_context(ComponentKind.PROCESSOR, "memory_limiter", Signal.LOGS, end), watch)
    end.answers = [True, False, RetryableError("full")]
    assert processor.consume_now(telemetry_of(Signal.LOGS, items=1)) is True
    assert processor.consume_now(telemetry_of(Signal.LOGS, items=2)) is False
    await processor.consume(telemetry_of(Signal.LOGS, items=2))
    with pytest.raises(RetryableError, match="full"):
        processor.consume_now(telemetry_of(Signal.LOGS, items=4))
    memory.used = 90
    watch.check(0.0)
    with pytest.raises(RetryableError, match="data refused due to high memory usage"):
        processor.consume_now(telemetry_of(Signal.LOGS, items=8))
    assert end.items == 3
    assert scrape()['otelcol_processor_accepted_log_records{processor="memory_limiter"}'] == 7
    assert scrape()['otelcol_processor_refused_log_records{processor="memory_limiter"}'] == 8


async def test_processors_of_one_id_share_a_watch_that_says_when_the_interval_is_missing(
    sink: Any, host: Any, make_context: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        both = [
            create(config_of(limit_mib=4000), make_context(ComponentKind.PROCESSOR, "memory_limiter", signal, sink))
            for signal in (Signal.TRACES, Signal.LOGS)
        ]
        for processor in both:
            await processor.start(host)
    assert [record.message for record in caplog.records] == [
        "check_interval is not set, memory is checked every second",
        "Memory limiter configured",
    ]
    for processor in both:
        await processor.shutdown()


def test_memory_can_be_given_back() -> None:
    release_unused()
    assert available_bytes() > 0
