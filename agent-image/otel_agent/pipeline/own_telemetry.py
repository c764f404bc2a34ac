"""What service::telemetry asks for, running: logs, pages of metrics, and what is pushed. Can be changed while it runs."""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from otel_agent.config.telemetry import TelemetryConfig
from otel_agent.pipeline.errors import CollectorError, StartError
from otel_agent.pipeline.tracing import Finish, Span
from otel_agent.telemetry.logs import LogSetup, prepare_logs
from otel_agent.telemetry.metrics import Level, SelfMetrics
from otel_agent.telemetry.pages import MetricsPages
from otel_agent.telemetry.process import register_process_metrics
from otel_agent.telemetry.settings import ignored_settings, level_of, log_settings, pushes_anything, readers_of, resource_of

if TYPE_CHECKING:
    from otel_agent.reporting.reporting import Reporting

DISTRIBUTION = "otel-operator"
_log = logging.getLogger("otelcol.service")


def own_registry(level: Level) -> SelfMetrics:
    """Make the registry of a collector of one process."""
    metrics = SelfMetrics(level)
    register_process_metrics(metrics)
    return metrics


@dataclass(frozen=True, slots=True)
class Part:
    """What of a collector's own telemetry one of its processes makes; log lines are made by each."""

    spans: bool = True
    """Whether pipelines run here."""
    metrics: bool = True
    """Whether those of the whole collector are shown and pushed from here."""
    instance: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Default of service.instance.id: one collector, whatever process speaks."""
    log_fields: Mapping[str, object] = field(default_factory=dict)
    registry: Callable[[Level], SelfMetrics] = own_registry


class OwnTelemetry:
    """The collector's own telemetry. Logs are on once this is made; `start` begins the rest."""

    def __init__(self, telemetry: TelemetryConfig, part: Part | None = None) -> None:
        """Turn logs on; `StartError` when an output cannot be opened."""
        self.part = part or Part()
        self._config = telemetry
        self._resource = self._resource_of(telemetry)
        self._logs = self._prepared_logs(telemetry)
        self._logs.install()
        self.metrics = self.part.registry(level_of(telemetry.metrics))
        self._pages: MetricsPages | None = None
        self._reporting: Reporting | None = None
        self._traced = self.part.spans and bool(telemetry.traces.processors) and telemetry.traces.level != "none"

    @property
    def finish(self) -> Finish | None:
        """What takes the collector's own spans; None when it was started without a taker for them."""
        return self._finish if self._traced else None

    async def start(self) -> None:
        """Serve pages and push; OSError or `StartError` for what cannot be served or pushed."""
        for path in ignored_settings(self._config) if self.part.metrics else ():
            _log.warning("Setting has no effect in this collector", extra={"setting": path})
        await self._start_pushing()
        await self._start_pages()

    async def stop(self) -> None:
        """Send what is left, close what is open."""
        await self._stop_pushing()
        await self._stop_pages()
        self._logs.close()

    async def change(self, telemetry: TelemetryConfig) -> None:
        """Do what a new configuration says; OSError or `StartError` when that is impossible, and then the old one holds.

        What takes effect after a restart only is logged with its path.
        """
        before = self._config
        if telemetry == before:
            return
        try:
            await self._apply(telemetry)
        except (OSError, CollectorError):
            await self._apply(before)
            raise
        for path in needs_restart(before, telemetry, traced=self._traced) if self.part.spans else ():
            _log.warning("A changed setting takes full effect after a restart", extra={"setting": path})

    async def _apply(self, telemetry: TelemetryConfig) -> None:
        """Make the new parts before the old ones are given up, except where both need the same port."""
        before, self._config = self._config, telemetry
        resource = self._resource_of(telemetry)
        moved = resource != self._resource
        logs = self._prepared_logs(telemetry) if moved or telemetry.logs != before.logs else None
        self._resource = resource
        self.metrics.level = level_of(telemetry.metrics)
        if logs is not None:
            self._logs.close()
            self._logs = logs
            self._logs.install()
        if moved or telemetry.metrics != before.metrics:
            await self._stop_pages()
        if moved or _pushed(telemetry) != _pushed(before):
            await self._stop_pushing()
            await self._start_pushing()
        if self._pages is None:
            await self._start_pages()

    def _resource_of(self, telemetry: TelemetryConfig) -> dict[str, str]:
        return resource_of(telemetry, version(DISTRIBUTION), self.part.instance)

    def _prepared_logs(self, telemetry: TelemetryConfig) -> LogSetup:
        settings = log_settings(telemetry.logs, self._resource_of(telemetry))
        try:
            return prepare_logs(replace(settings, fields={**settings.fields, **self.part.log_fields}))
        except OSError as error:
            raise StartError(f"service::telemetry::logs::output_paths: {error}") from error

    async def _start_pages(self) -> None:
        if not self.part.metrics:
            return
        self._pages = MetricsPages(self.metrics, self._resource, readers_of(self._config.metrics, self._resource))
        await self._pages.start()

    async def _stop_pages(self) -> None:
        pages, self._pages = self._pages, None
        if pages is not None:
            await pages.stop()

    async def _start_pushing(self) -> None:
        if not pushes_anything(self._config):
            return
        # Only here, because few collectors push and the libraries for it cost memory.
        from otel_agent.reporting.reporting import Pushed, Reporting

        pushed = Pushed.LOGS
        if self.part.spans:
            pushed |= Pushed.SPANS
        if self.part.metrics:
            pushed |= Pushed.METRICS
        self._reporting = Reporting(self._config, self.metrics, self._resource, pushed)
        await self._reporting.start()

    async def _stop_pushing(self) -> None:
        reporting, self._reporting = self._reporting, None
        if reporting is not None:
            await reporting.stop()

    def _finish(self, span: Span) -> None:
        finish = self._reporting.finish if self._reporting is not None else None
        if finish is not None:
            finish(span)


def _pushed(telemetry: TelemetryConfig) -> object:
    """Return what decides on pushing, for comparison."""
    metrics = [reader.periodic for reader in telemetry.metrics.readers], telemetry.metrics.level == "none"
    return metrics, telemetry.logs.processors, telemetry.traces


def needs_restart(before: TelemetryConfig, after: TelemetryConfig, *, traced: bool) -> Iterator[str]:
    """Paths of changes that components which keep running do not take part in. Pure.

    `traced`: whether spans were made from the start.
    """
    if level_of(before.metrics) < Level.DETAILED <= level_of(after.metrics):
        yield "service::telemetry::metrics::level"
    if after.traces.processors and after.traces.level != "none" and not traced:
        yield "service::telemetry::traces::processors"
