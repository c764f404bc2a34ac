"""The prometheus exporter: keeps the latest of every series, and shows it to those who scrape."""

import asyncio
import functools
import time
from collections.abc import Callable

from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from otel_agent.exporters.prometheus.exposition import Exposition
from otel_agent.exporters.prometheus.families import Families
from otel_agent.exporters.prometheus.intake import Intake
from otel_agent.exporters.prometheus.naming import naming_of
from otel_agent.exporters.prometheus.refusals import Refusals
from otel_agent.exporters.prometheus.server import ScrapeServer
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.points import parse_metrics
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError, StartError
from otel_agent.pipeline.sending import SendingExporter

_SHORTEST_SWEEP = 1.0
"""Seconds between two looks for what has expired, when metric_expiration is shorter."""


class PrometheusPeer:
    """Takes requests in, as the `Peer` of a `SendingExporter`."""

    def __init__(
        self, config: PrometheusExporterConfig, context: BuildContext, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`StartError` when the namespace makes no name."""
        try:
            naming = naming_of(config)
        except ValueError as error:
            raise StartError(f"namespace: {error}") from error
        self._expiration = config.metric_expiration
        self._clock = clock
        self._sweeper: asyncio.Task[None] | None = None
        refusals = Refusals(context.metrics, context.id, context.logger)
        self._families = Families(config.series_limit, config.total_series_limit, refusals)
        self._intake = Intake(naming, self._families, refusals, clock)
        exposition = Exposition(config, naming, self._families, self._infos, refusals)
        labels = {"exporter": str(context.id)}
        refused = context.metrics.counter(
            "exporter_prometheus_refused_connections", "Connections of scrapers beyond the limit.", labels, unit="{connections}"
        )
        self.server = ScrapeServer(config, exposition, refused, context.logger)
        self._show_size = functools.partial(
            context.metrics.observe,
            "exporter_prometheus_series",
            "Series that the prometheus exporter shows.",
            {**labels, "data_type": "metrics"},
            lambda: self._families.size,
            unit="{series}",
        )

    async def open(self, host: Host) -> None:
        """Listen; `StartError` when that is impossible."""
        await self.server.start(host)
        self._show_size()
        if self._expiration:
            self._sweeper = asyncio.create_task(self._sweep(), name="prometheus-expiry")

    async def push(self, telemetry: Telemetry) -> None:
        """Update series; `PermanentError` when the request cannot be decoded."""
        try:
            for _ in self._intake.take(parse_metrics(telemetry.data)):
                await asyncio.sleep(0)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error

    async def close(self) -> None:
        """Stop answering. Idempotent."""
        sweeper, self._sweeper = self._sweeper, None
        if sweeper is not None:
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)
        await self.server.stop()

    def expire(self) -> None:
        """Forget what has had no point for metric_expiration."""
        if self._expiration:
            self._intake.expire(self._clock() - self._expiration)

    def _infos(self) -> list[str]:
        """Drop what has expired before a scrape, then return the labels of each `target_info`."""
        self.expire()
        return [target.info for target in self._intake.infos.values()]

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(max(self._expiration, _SHORTEST_SWEEP))
            self.expire()


class PrometheusExporter(SendingExporter):
    """A `SendingExporter` that has to stop before its replacement starts."""

    @property
    def overlaps(self) -> bool:
        """No: it holds a port."""
        return False
