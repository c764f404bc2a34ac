"""Pushes own metrics at an interval."""

import asyncio
import logging
import time
from collections.abc import Mapping

from otel_agent.config.telemetry_readers import PeriodicReader
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import CollectorError, ConsumeError
from otel_agent.reporting.destination import LOGGER, Destination, destination_of
from otel_agent.reporting.metrics_request import metrics_request
from otel_agent.telemetry.metrics import SelfMetrics

LAST_SECONDS = 3.0
"""What the last push may take when the collector stops."""
_log = logging.getLogger(LOGGER)


class PeriodicPush:
    """One periodic reader. What cannot be pushed is logged and comes with the next push, for sums are cumulative."""

    def __init__(self, config: PeriodicReader, metrics: SelfMetrics, resource: Mapping[str, str]) -> None:
        self._interval = config.interval / 1000
        self._timeout = config.timeout / 1000
        otlp = config.exporter.otlp
        if otlp is not None and otlp.timeout:
            self._timeout = min(self._timeout, otlp.timeout / 1000)
        self._metrics = metrics
        self._resource = resource
        self._destination: Destination = destination_of(config.exporter, Signal.METRICS)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; `CollectorError` for settings that cannot be used."""
        await self._destination.open()
        self._task = asyncio.create_task(self._run(), name="push-own-metrics")

    async def stop(self) -> None:
        """Push once more and end. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._push(min(self._timeout, LAST_SECONDS))
            await self._destination.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self._push(self._timeout)

    async def _push(self, seconds: float) -> None:
        data, points = metrics_request(await self._metrics.current(), self._resource, self._metrics.started, time.time_ns())
        try:
            async with asyncio.timeout(seconds):
                await self._destination.send(data, points)
        except (ConsumeError, CollectorError, OSError) as error:  # TimeoutError is an OSError
            _log.warning("Own metrics could not be pushed", extra={"error": str(error) or type(error).__name__})
