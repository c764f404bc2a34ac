"""Sends own log records to a destination in batches, or one by one."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Mapping

from otel_agent.config.telemetry_readers import PushExporter, TelemetryProcessor
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import CollectorError, ConsumeError
from otel_agent.reporting.destination import LOGGER, destination_of
from otel_agent.reporting.logs_request import logs_request
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.metrics import SelfMetrics

LAST_SECONDS = 3.0
"""What sending the rest may take when the collector stops."""
_SIMPLE_QUEUE = 2_048
_log = logging.getLogger(LOGGER)


class LogForwarder(logging.Handler):
    """A handler for the root logger and the task that sends. Records beyond the queue's bound are dropped and counted.

    Records of this package are not taken.
    """

    def __init__(self, config: TelemetryProcessor, metrics: SelfMetrics, resource: Mapping[str, str]) -> None:
        super().__init__()
        batch = config.batch
        exporter: PushExporter
        if batch is not None:
            exporter, self._delay, self._timeout = batch.exporter, batch.schedule_delay / 1000, batch.export_timeout / 1000
            self._most, self._at_once = batch.max_queue_size, batch.max_export_batch_size
        else:
            assert config.simple is not None
            exporter, self._delay, self._timeout = config.simple.exporter, 0.0, LAST_SECONDS
            self._most, self._at_once = _SIMPLE_QUEUE, 1
        self._destination = destination_of(exporter, Signal.LOGS)
        self._resource = resource
        self._records: deque[logging.LogRecord] = deque()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._task: asyncio.Task[None] | None = None
        self._dropped: Counter = metrics.counter(
            "log_records_dropped", "Own log records that could not be sent.", {}, unit="{records}"
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record; called in any thread."""
        if record.name.startswith(LOGGER):
            return
        if len(self._records) >= self._most:
            self._dropped.add()
            return
        self._records.append(record)
        if len(self._records) >= self._at_once and not self._wake.is_set():
            if threading.get_ident() == self._home:
                self._wake.set()
            elif not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._wake.set)

    async def start(self) -> None:
        """Begin to take and to send; `CollectorError` for settings that cannot be used."""
        await self._destination.open()
        logging.getLogger().addHandler(self)
        self._task = asyncio.create_task(self._run(), name="send-own-logs")

    async def stop(self) -> None:
        """Send what is queued, within `LAST_SECONDS`, and end. Idempotent."""
        task, self._task = self._task, None
        if task is None:
            return
        logging.getLogger().removeHandler(self)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._send_all()
        except TimeoutError:
            self._dropped.add(len(self._records))
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
        while self._records:
            batch = [self._records.popleft() for _ in range(min(len(self._records), self._at_once))]
            try:
                async with asyncio.timeout(self._timeout or None):
                    await self._destination.send(logs_request(batch, self._resource), len(batch))
            except (ConsumeError, CollectorError, OSError) as error:
                self._dropped.add(len(batch))
                reason = str(error) or type(error).__name__
                _log.warning("Own log records could not be sent", extra={"error": reason, "records": len(batch)})
