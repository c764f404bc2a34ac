"""Runs scrapers on a schedule and hands what they find to the pipelines, one request a round."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from otel_agent.config.blocks.scraping import ScheduleConfig
from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Consumer, Host
from otel_agent.pipeline.errors import ConsumeError
from otel_agent.scraping.scraper import Clock, Scrape, Scraper
from otel_agent.scraping.threads import call_in_thread
from otel_agent.telemetry.instruments import Counter


class _Watched:
    """A scraper, its counters, and the thread it may be in."""

    def __init__(self, scraper: Scraper, scraped: Counter, errored: Counter) -> None:
        self.scraper = scraper
        self.scraped = scraped
        self.errored = errored
        self.running: asyncio.Future[Scrape] | None = None


class ScrapingReceiver:
    """A receiver of metrics: after `initial_delay` a round of all scrapers, then one every `collection_interval`.

    A round that comes due while one is going on is left out. A scraper that is over its timeout counts as failed, and is not
    called again before it has returned.
    """

    def __init__(
        self, config: ScheduleConfig, context: BuildContext, scrapers: Sequence[Scraper], clock: Clock = time.time_ns
    ) -> None:
        self._config = config
        self._logger: logging.Logger = context.logger
        self._consumer: Consumer | None = context.consumers.get(Signal.METRICS)
        self._metrics = context.metrics.receiver(context.id, "", Signal.METRICS)
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._scrapers = []
        for scraper in scrapers:
            labels = {"receiver": str(context.id), "scraper": scraper.name}
            self._scrapers.append(
                _Watched(
                    scraper,
                    context.metrics.counter(
                        "scraper_scraped_metric_points", "Number of metric points scraped.", labels, unit="{datapoints}"
                    ),
                    context.metrics.counter(
                        "scraper_errored_metric_points",
                        "Number of metric points that could not be scraped.",
                        labels,
                        unit="{datapoints}",
                    ),
                )
            )

    async def start(self, host: Host) -> None:
        """Begin the schedule."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="scraping")

    async def shutdown(self) -> None:
        """End the schedule; a scrape that is going on is not waited for. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def scrape(self) -> None:
        """Do one round: ask all scrapers at once and hand on what they found."""
        now = self._clock()
        scrapes = await asyncio.gather(*(self._ask(watched, now) for watched in self._scrapers))
        request = ExportMetricsServiceRequest()
        for scrape in scrapes:
            request.resource_metrics.extend(scrape.resources)
        if not request.resource_metrics or self._consumer is None:
            return
        data = request.SerializeToString()
        items = kernel.count(Signal.METRICS, data)
        try:
            await self._consumer.consume(Telemetry(Signal.METRICS, data, items))
        except ConsumeError as error:
            self._metrics.refuse(items)
            self._logger.error(
                "Dropping scraped metrics that the pipeline refused", extra={"error": str(error), "dropped_items": items}
            )
        except Exception:
            self._metrics.fail(items)
            raise
        else:
            self._metrics.accept(items)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._config.initial_delay
        while True:
            await asyncio.sleep(due - loop.time())
            try:
                await self.scrape()
            except Exception as error:  # noqa: BLE001 -- the schedule goes on whatever one round runs into
                self._logger.error("A round of scraping failed", extra={"error": str(error) or type(error).__name__})
            missed = max(0, int((loop.time() - due) / self._config.collection_interval))
            due += (missed + 1) * self._config.collection_interval

    async def _ask(self, watched: _Watched, now: int) -> Scrape:
        scrape = await self._guarded(watched, now)
        watched.scraped.add(sum(points_in(resource) for resource in scrape.resources))
        watched.errored.add(scrape.failed_points)
        if scrape.error_count:
            self._logger.error("Error scraping metrics", extra={"scraper": watched.scraper.name, "error": scrape.message})
        return scrape

    async def _guarded(self, watched: _Watched, now: int) -> Scrape:
        failed = Scrape()
        if watched.running is not None and not watched.running.done():
            failed.fail("the scrape before this one has not ended", watched.scraper.metric_count)
            return failed
        scraper = watched.scraper
        watched.running = call_in_thread(f"scrape-{scraper.name}", lambda: scraper.scrape(now))
        watched.running.add_done_callback(_retrieve)
        try:
            # Shielded: a thread cannot be stopped, and while it runs the scraper must not be called again.
            return await asyncio.wait_for(asyncio.shield(watched.running), self._config.timeout or None)
        except TimeoutError:
            failed.fail(f"no result within the timeout of {self._config.timeout:g} s", watched.scraper.metric_count)
        except Exception as error:  # noqa: BLE001 -- a scraper that fails must not keep the others from being reported
            failed.fail(str(error) or type(error).__name__, watched.scraper.metric_count)
        return failed


def points_in(resource: Any) -> int:
    """Count the data points of a ResourceMetrics."""
    metrics = [metric for scope in resource.scope_metrics for metric in scope.metrics]
    return sum(len(getattr(metric, metric.WhichOneof("data")).data_points) for metric in metrics)


def _retrieve(call: "asyncio.Future[Scrape]") -> None:
    """Take note of a late error, which asyncio would complain about otherwise."""
    if not call.cancelled():
        call.exception()
