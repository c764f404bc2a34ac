"""The span_metrics connector: takes spans, and hands metrics on at an interval."""

import asyncio
import logging

from otel_agent.connectors.span_metrics.aggregation import Aggregation
from otel_agent.connectors.span_metrics.config import SpanMetricsConfig
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import ConsumeError, PermanentError
from otel_agent.telemetry.instruments import InstrumentKind


class SpanMetricsConnector:
    """One instance for all pipelines that end in it."""

    overlaps = True

    def __init__(self, config: SpanMetricsConfig, context: BuildContext) -> None:
        self._interval = config.metrics_flush_interval
        self._aggregation = Aggregation(config)
        self._logger: logging.Logger = context.logger
        self._downstream = context.consumers[Signal.METRICS]
        self._task: asyncio.Task[None] | None = None
        labels = {"connector": str(context.id)}
        aggregation = self._aggregation
        for name, text, read in (
            ("evicted_resources", "Resources forgotten because there were too many.", lambda: aggregation.evicted),
            ("overflowed_items", "Calls, durations and events beyond the limit of series.", lambda: aggregation.overflowed),
        ):
            context.metrics.observe(f"connector_span_metrics_{name}", text, labels, read, kind=InstrumentKind.SUM)

    async def start(self, host: Host) -> None:
        """Begin to hand on."""
        self._task = asyncio.create_task(self._run(), name="span-metrics")

    async def shutdown(self) -> None:
        """Hand on what is left. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._flush()

    async def consume(self, telemetry: Telemetry) -> None:
        """Count the spans of a request; `PermanentError` when it is malformed."""
        self.consume_now(telemetry)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """As `consume`, which never waits."""
        try:
            self._aggregation.add(telemetry.data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        return True

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self._flush()

    async def _flush(self) -> None:
        data = self._aggregation.flush()
        if not data:
            return
        telemetry = Telemetry(Signal.METRICS, data, kernel.count(Signal.METRICS, data))
        try:
            await self._downstream.consume(telemetry)
        except ConsumeError as error:
            extra = {"error": str(error), "data_points": telemetry.items}
            self._logger.error("Metrics of spans were not taken", extra=extra)
