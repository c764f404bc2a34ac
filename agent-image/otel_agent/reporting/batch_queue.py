"""A bounded queue of own log records or spans, and the task that sends them in batches."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from otel_agent.config.telemetry_readers import PushExporter, TelemetryProcessor
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import CollectorError, ConsumeError
from otel_agent.reporting.destination import LOGGER, destination_of
from otel_agent.telemetry.instruments import Counter

LAST_SECONDS = 3.0
"""What sending the rest may take when the collector stops."""
_SIMPLE_QUEUE = 2_048
_log = logging.getLogger(LOGGER)
T = TypeVar("T")


class BatchQueue(Generic[T]):
    """Sends after a delay or when a batch is full; what is beyond the bound, or could not be sent, is dropped and counted."""

    def __init__(
        self, config: TelemetryProcessor, signal: Signal, encode: Callable[[Sequence[T]], bytes], dropped: Counter
    ) -> None:
        batch = config.batch
        exporter: PushExporter
        if batch is not None:
            exporter, self._delay, self._timeout = batch.exporter, batch.schedule_delay / 1000, batch.export_timeout / 1000
            self._most, self._at_once = batch.max_queue_size, batch.max_export_batch_size
        else:
            assert config.simple is not None
            exporter, self._delay, self._timeout = config.simple.exporter, 0.0, LAST_SECONDS
            self._most, self._at_once = _SIMPLE_QUEUE, 1
        self._signal = signal
        self._encode = encode
        self._dropped = dropped
        self._destination = destination_of(exporter, signal)
        self._waiting: deque[T] = deque()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._task: asyncio.Task[None] | None = None

    def put(self, item: T) -> None:
        """Queue an item; may be called in any thread."""
        if len(self._waiting) >= self._most:
            self._dropped.add()
            return
        self._waiting.append(item)
        if len(self._waiting) >= self._at_once and not self._wake.is_set():
            if threading.get_ident() == self._home:
                self._wake.set()
            elif not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._wake.set)

    async def start(self) -> None:
        """Begin to send; `CollectorError` for settings that cannot be used."""
        await self._destination.open()
        self._task = asyncio.create_task(self._run(), name=f"send-own-{self._signal}")

    async def stop(self) -> None:
        """Send what is queued, within `LAST_SECONDS`, and end. Idempotent."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._send_all()
        except TimeoutError:
            self._dropped.add(len(self._waiting))
        await self._destination.close()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._delay or None):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self._send_all()

    async def _send_all(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._at_once))]
            try:
                async with asyncio.timeout(self._timeout or None):
                    await self._destination.send(self._encode(batch), len(batch))
            except (ConsumeError, CollectorError, OSError) as error:
                self._dropped.add(len(batch))
                extra = {"error": str(error) or type(error).__name__, "signal": str(self._signal), "items": len(batch)}
                _log.warning("Own telemetry could not be sent", extra=extra)
