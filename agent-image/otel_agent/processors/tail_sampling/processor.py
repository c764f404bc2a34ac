"""The tail_sampling processor: a sampler with a clock, and a task that hands on what is sampled."""

import asyncio
import logging
import time
from collections.abc import Callable

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import NO_CLIENT, Signal, Telemetry
from otel_agent.pipeline.component import Consumer, Host
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.sampler import TICKS_A_SECOND, TailSampler

_TICK = 1 / TICKS_A_SECOND
"""Seconds."""
_WORTH_RETURNING = 32 * 1024 * 1024
"""Bytes that must have been let go of before the allocator is asked to give pages back."""


class TailSamplingProcessor:
    """One pipeline's tail sampling."""

    overlaps = True

    def __init__(
        self,
        sampler: TailSampler,
        downstream: Consumer,
        metrics: TailSamplingMetrics,
        logger: logging.Logger,
        *,
        drop_pending: bool,
        give_back: Callable[[], None],
    ) -> None:
        self._sampler = sampler
        self._downstream = downstream
        self._metrics = metrics
        self._logger = logger
        self._drop_pending = drop_pending
        self._give_back = give_back
        self._closing = False
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ticks = 0
        self._let_go = 0

    async def start(self, host: Host) -> None:
        """Begin to decide, several times a second."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="tail-sampling")

    async def shutdown(self) -> None:
        """Decide or drop what is undecided, hand on what is sampled. Cancelled, it ends without. Idempotent."""
        self._closing = True
        self._wake.set()
        self._room.set()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def consume(self, telemetry: Telemetry) -> None:
        """Take spans; waits while memory is full, where the configuration says so. `RetryableError` after `shutdown`."""
        while not self.consume_now(telemetry):
            self._room.clear()
            await self._room.wait()

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Take spans, if there is room."""
        if self._closing:
            raise RetryableError("the tail_sampling processor is shutting down")
        if self._sampler.blocked:
            return False
        try:
            self._sampler.take(telemetry.data, time.monotonic())
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        if self._sampler.release.bytes:
            self._wake.set()
        return True

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + _TICK
        while not self._closing:
            timer = loop.call_at(due, self._wake.set)
            await self._wake.wait()
            timer.cancel()
            self._wake.clear()
            await self._hand_on(whole_only=False)
            if loop.time() >= due:
                due = max(due + _TICK, loop.time())
                await self.tick()
        await self._finish()

    async def tick(self) -> None:
        """Decide what is due after another part of a second, and hand it on."""
        self._ticks += 1
        self._sampler.next_tick()
        await self._decide(everything=False)
        self._room.set()
        if self._ticks % TICKS_A_SECOND == 0:
            self._report()
        if self._let_go >= _WORTH_RETURNING:
            self._let_go = 0
            self._give_back()

    async def _decide(self, *, everything: bool) -> None:
        began = time.perf_counter()
        decisions = 0
        due = self._sampler.decide_due(time.monotonic(), time.time_ns(), everything=everything)
        for decided in due:
            decisions += decided
            if self._sampler.release.full:
                await self._hand_on(whole_only=True)
            else:
                await asyncio.sleep(0)  # others get their turn
        await self._hand_on(whole_only=False)
        self._metrics.timer_latency.record((time.perf_counter() - began) * 1000)
        if decisions:
            self._metrics.decision_latency.record((time.perf_counter() - began) * 1_000_000 / decisions)

    async def _hand_on(self, *, whole_only: bool) -> None:
        while not whole_only or self._sampler.release.full:
            waiting = self._sampler.release.take()
            if waiting is None:
                break
            await self._send(*waiting)
        self._sampler.show()
        self._room.set()

    async def _send(self, data: bytes, spans: int) -> None:
        self._let_go += len(data)
        try:
            await self._downstream.consume(Telemetry(Signal.TRACES, data, spans, NO_CLIENT))
        except Exception as error:  # noqa: BLE001 -- edge of an asynchronous stage: nobody upstream waits, later traces must still go out
            self._metrics.lost_spans.value += spans
            reason = str(error) or type(error).__name__
            self._logger.warning("Error sending spans to destination", extra={"error": reason, "dropped_spans": spans})

    async def _finish(self) -> None:
        if self._drop_pending:
            dropped = self._sampler.drop_pending()
            if dropped:
                self._logger.warning("Traces are dropped undecided at shutdown", extra={"dropped_traces": dropped})
        await self._decide(everything=True)
        self._sampler.close()

    def _report(self) -> None:
        """Say what was lost; called once a second."""
        if self._sampler.evicted:
            self._logger.warning(
                "Traces were dropped before they could be decided: memory is full. Raise num_traces or maximum_memory_bytes, "
                "or lower decision_wait",
                extra={"dropped_traces": self._sampler.evicted},
            )
            self._sampler.evicted = 0
        if self._sampler.latecomers:
            self._logger.warning(
                "Spans came of traces that began longer ago than decision_wait and are not known here: another collector may "
                "have decided on them, or this one before it forgot them. Send all spans of a trace to one collector, or raise "
                "decision_wait or decision_cache",
                extra={"late_spans": self._sampler.latecomers},
            )
            self._sampler.latecomers = 0
