"""Collects the requests of one pipeline and metadata combination and sends them on as larger ones.

Requests are kept as the bytes they came in; joining them is concatenation, so the work per item is nil unless a maximum size
demands a cut. One task sends; while it waits for the next stage, what arrives is collected, up to a bound beyond which `add`
waits.
"""

import asyncio
import logging
from collections import deque

from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.pipeline.errors import RetryableError
from otel_agent.processors.batch.config import BatchConfig
from otel_agent.telemetry.metric_sets import BatchMetrics

_BACKLOG_BATCHES = 2
_MIN_BACKLOG_ITEMS = 16_384
_MAX_BACKLOG_BYTES = 64 * 1024 * 1024
"""Collected bytes at which a batch is sent although it has too few items, and at which `add` waits."""


class Batcher:
    """Batches for one destination; `start` before `add`, `stop` sends the rest."""

    def __init__(
        self,
        config: BatchConfig,
        signal: Signal,
        client: ClientInfo,
        downstream: Consumer,
        metrics: BatchMetrics,
        logger: logging.Logger,
    ) -> None:
        self._signal = signal
        self._client = client
        self._downstream = downstream
        self._metrics = metrics
        self._logger = logger
        self._immediate = config.timeout == 0 or config.send_batch_size == 0
        self._timeout = config.timeout
        self._size = 1 if self._immediate else config.send_batch_size
        self._max_size = config.send_batch_max_size
        self._max_items = max(_BACKLOG_BATCHES * self._size, _MIN_BACKLOG_ITEMS)
        self._pending: deque[tuple[bytes, int]] = deque()
        self._items = 0
        self._bytes = 0
        self._expired = False
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin sending."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="batch-sender")

    async def stop(self) -> None:
        """Send what is collected and end. Cancelled, it ends without sending."""
        self._closing = True
        self._wake.set()
        self._room.set()
        if self._timer is not None:
            self._timer.cancel()
        task, self._task = self._task, None
        if task is not None:
            await task

    async def add(self, telemetry: Telemetry) -> None:
        """Collect a request; waits while too much is collected, `RetryableError` after `stop`."""
        while not self.add_now(telemetry):
            self._room.clear()
            await self._room.wait()

    def add_now(self, telemetry: Telemetry) -> bool:
        """Collect a request if there is room; `RetryableError` after `stop`."""
        if self._closing:
            raise RetryableError("the batch processor is shutting down")
        if self._is_full():
            return False
        self._push(telemetry.data, telemetry.items)
        if self._is_due():
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._timeout, self._expire)
        return True

    def _push(self, data: bytes, items: int) -> None:
        self._pending.append((data, items))
        self._items += items
        self._bytes += len(data)

    def _is_full(self) -> bool:
        return self._items >= self._max_items or self._bytes >= _MAX_BACKLOG_BYTES

    def _is_due(self) -> bool:
        return bool(self._pending) and (
            self._items >= self._size or self._expired or self._closing or self._immediate or self._bytes >= _MAX_BACKLOG_BYTES
        )

    def _expire(self) -> None:
        self._timer = None
        self._expired = True
        self._wake.set()

    async def _run(self) -> None:
        while not self._closing or self._pending:
            await self._wake.wait()
            self._wake.clear()
            while self._is_due():
                by_size = self._items >= self._size
                (self._metrics.size_triggers if by_size else self._metrics.timeout_triggers).add()
                batches = deque(self._cut(self._take(whole=not by_size), whole=not by_size))
                while batches:
                    await self._send(*batches.popleft())  # no name here holds a batch longer than it takes
            self._rearm()

    def _take(self, *, whole: bool) -> tuple[bytes, int]:
        """Remove and join the oldest requests that together reach the size, or everything."""
        parts: list[bytes] = []
        items = 0
        while self._pending and (whole or items < self._size):
            data, amount = self._pending.popleft()
            parts.append(data)
            items += amount
            self._bytes -= len(data)
        self._items -= items
        self._room.set()
        return (parts[0] if len(parts) == 1 else kernel.merge(parts)), items

    def _cut(self, batch: tuple[bytes, int], *, whole: bool) -> list[tuple[bytes, int]]:
        """Cut to the maximum size; a rest below the trigger size goes back to the front, unless `whole`."""
        data, items = batch
        if not self._max_size or items <= self._max_size:
            return [batch]
        try:
            batches = kernel.split(self._signal, data, self._max_size)
        except InvalidTelemetry as error:
            self._logger.error("Dropping a batch that cannot be split", extra={"error": str(error), "dropped_items": items})
            return []
        if not whole and batches[-1][1] < self._size:
            rest, amount = batches.pop()
            self._pending.appendleft((rest, amount))
            self._items += amount
            self._bytes += len(rest)
        return batches

    def _rearm(self) -> None:
        """Start the clock of what is left; a batch that was just sent restarts it."""
        self._expired = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending and not self._closing:
            self._timer = asyncio.get_running_loop().call_later(self._timeout, self._expire)

    async def _send(self, data: bytes, items: int) -> None:
        self._metrics.send_size.record(items)
        self._metrics.send_bytes.record(len(data))
        try:
            await self._downstream.consume(Telemetry(self._signal, data, items, self._client))
        except Exception as error:  # noqa: BLE001 -- edge of an asynchronous stage: nobody upstream waits, later batches must still go out
            self._logger.warning("Sender failed", extra={"error": str(error) or type(error).__name__, "dropped_items": items})
