"""The prometheus receiver: jobs from the configuration and from a target allocator, all into the same pipelines."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from otel_agent.config.featuregates import NO_LEGACY_TARGET_ATTRIBUTES, process_gates
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import ConsumeError, StartError
from otel_agent.pipeline.prompt import prompt
from otel_agent.receivers.prometheus.allocator import AllocatorError, make_job
from otel_agent.receivers.prometheus.config import PrometheusReceiverConfig
from otel_agent.receivers.prometheus.job_files import all_jobs
from otel_agent.receivers.prometheus.jobs import Job
from otel_agent.receivers.prometheus.relabelling import compile_rules
from otel_agent.receivers.prometheus.scraping.instruments import scrape_metrics
from otel_agent.receivers.prometheus.scraping.loop import Surroundings
from otel_agent.receivers.prometheus.scraping.pool import JobRules
from otel_agent.receivers.prometheus.settings.scrape import PrometheusFile, ScrapeConfig
from otel_agent.transport.user_agent import VERSION

if TYPE_CHECKING:
    from otel_agent.receivers.prometheus.allocator_sync import AllocatorSync

_CONCURRENT_SCRAPES = 256
"""Scrapes at one time: each may hold a whole body."""


class PrometheusReceiver:
    """Scrapes until it is shut down."""

    def __init__(self, config: PrometheusReceiverConfig, context: BuildContext) -> None:
        self._config = config
        self._file = config.config or PrometheusFile()
        self._context = context
        consumer = context.consumers[Signal.METRICS]
        self._consume, self._consume_now = consumer.consume, prompt(consumer)
        self._metrics = context.metrics.receiver(context.id, "http", Signal.METRICS)
        self._around = Surroundings(
            deliver=self._deliver,
            metrics=scrape_metrics(context.metrics, context.id),
            logger=context.logger,
            slots=asyncio.Semaphore(_CONCURRENT_SCRAPES),
        )
        self._jobs: list[Job] = []
        self._allocated: dict[str, tuple[Any, Job]] = {}
        """Jobs of the allocator, with the settings that they were made of."""
        self._sync: AllocatorSync | None = None
        self._syncing: asyncio.Task[None] | None = None

    @property
    def jobs(self) -> Sequence[Job]:
        """All jobs at work."""
        return [*self._jobs, *(job for _, job in self._allocated.values())]

    async def start(self, host: Host) -> None:
        """Start every job of the configuration; what the allocator has comes as soon as it answers."""
        for config in all_jobs(self._file):
            job = Job(self._rules(config), self._around)
            self._jobs.append(job)
            job.open()
        allocator = self._config.target_allocator
        if allocator is None:
            return
        from otel_agent.receivers.prometheus.allocator_sync import AllocatorSync

        updates = self._context.metrics.counter(
            "targetallocator_config_sync_updates",
            "Number of times that the target allocator had other jobs.",
            {"receiver": str(self._context.id)},
        )
        self._sync = AllocatorSync(allocator, self._adopt, self._context.logger, updates)
        self._sync.open(host)
        self._syncing = asyncio.get_running_loop().create_task(self._sync.run(), name="target allocator")

    async def shutdown(self) -> None:
        """Stop everything. Idempotent."""
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        if self._sync is not None:
            await self._sync.close()
        jobs = self.jobs
        self._jobs, self._allocated = [], {}
        await asyncio.gather(*(job.close() for job in jobs))

    def _rules(self, config: ScrapeConfig) -> JobRules:
        try:
            return JobRules(
                config=config,
                relabel=compile_rules(config.relabel_configs),
                metric_relabel=compile_rules(config.metric_relabel_configs),
                external_labels=self._file.global_config.external_labels,
                trim_suffixes=self._config.trim_metric_suffixes,
                version=VERSION,
                legacy_attributes=not process_gates().enabled(NO_LEGACY_TARGET_ATTRIBUTES),
            )
        except ValueError as error:
            raise StartError(f'scrape job "{config.job_name}": {error}') from error

    async def _adopt(self, found: Mapping[str, Any]) -> None:
        """Go over to these jobs of the allocator: those that did not change keep running."""
        assert self._config.target_allocator is not None
        for name in [name for name, (raw, _) in self._allocated.items() if found.get(name) != raw]:
            await self._allocated[name][1].retire()
            del self._allocated[name]
        for name, raw in found.items():
            if name in self._allocated:
                continue
            try:
                config = make_job(name, raw, self._config.target_allocator, self._file.global_config)
                job = Job(self._rules(config), self._around)
            except (AllocatorError, StartError) as error:
                self._context.logger.error("A job of the target allocator cannot be used", extra={"error": str(error)})
                continue
            self._allocated[name] = raw, job
            try:
                job.open()
            except StartError as error:
                self._context.logger.error("A job of the target allocator cannot be used", extra={"error": str(error)})
                await job.close()

    async def _deliver(self, data: bytes, points: int) -> None:
        telemetry = Telemetry(Signal.METRICS, data, points)
        try:
            if not self._consume_now(telemetry):
                await self._consume(telemetry)
        except ConsumeError:
            self._metrics.refuse(points)
            raise
        except BaseException:
            self._metrics.fail(points)
            raise
        self._metrics.accept(points)
