"""Sends own log records to a destination in batches, or one by one."""

import logging
from collections.abc import Mapping

from otel_agent.config.telemetry_readers import TelemetryProcessor
from otel_agent.pdata.telemetry import Signal
from otel_agent.reporting.batch_queue import BatchQueue
from otel_agent.reporting.destination import LOGGER
from otel_agent.reporting.logs_request import logs_request
from otel_agent.telemetry.metrics import SelfMetrics


class LogForwarder(logging.Handler):
    """A handler for the root logger. Records of this package are not taken."""

    def __init__(self, config: TelemetryProcessor, metrics: SelfMetrics, resource: Mapping[str, str]) -> None:
        super().__init__()
        dropped = metrics.counter("log_records_dropped", "Own log records that could not be sent.", {}, unit="{records}")
        self._queue: BatchQueue[logging.LogRecord] = BatchQueue(
            config, Signal.LOGS, lambda records: logs_request(records, resource), dropped
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record; called in any thread."""
        if not record.name.startswith(LOGGER):
            self._queue.put(record)

    async def start(self) -> None:
        """Begin to take and to send; `CollectorError` for settings that cannot be used."""
        await self._queue.start()
        logging.getLogger().addHandler(self)

    async def stop(self) -> None:
        """Send what is queued, and end. Idempotent."""
        logging.getLogger().removeHandler(self)
        await self._queue.stop()
