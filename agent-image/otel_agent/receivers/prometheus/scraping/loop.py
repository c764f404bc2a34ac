"""Scrapes one target again and again, each time into the pipeline."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from otel_agent.pipeline.errors import ConsumeError
from otel_agent.receivers.prometheus.exposition.errors import ExpositionError, LabelLimitError, SampleLimitError
from otel_agent.receivers.prometheus.exposition.protobuf import ProtobufRules, read_protobuf
from otel_agent.receivers.prometheus.exposition.text import Reading, read_text
from otel_agent.receivers.prometheus.http_access import HttpAccess
from otel_agent.receivers.prometheus.otlp.catalog import Catalog
from otel_agent.receivers.prometheus.otlp.conversion import Request, TargetConversion
from otel_agent.receivers.prometheus.scraping.fetch import Body, BodyTooLargeError, ScrapeError, fetch
from otel_agent.receivers.prometheus.scraping.instruments import ScrapeMetrics
from otel_agent.receivers.prometheus.scraping.negotiation import Format, accept_header, body_format
from otel_agent.receivers.prometheus.scraping.target import Target, next_start
from otel_agent.receivers.prometheus.settings.scrape import ScrapeConfig
from otel_agent.telemetry.sampling import Sampler

Deliver = Callable[[bytes, int], Awaitable[None]]
"""Hands a request with that many points to the pipelines; ConsumeError when they do not take it."""

_THREAD_BYTES = 64 * 1024
"""Bodies of this size on are read in a thread, so that the event loop keeps turning."""
_WARNING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all loops of a receiver share."""

    deliver: Deliver
    metrics: ScrapeMetrics
    logger: logging.Logger
    slots: asyncio.Semaphore
    """Bounds the scrapes that run at one time."""


class ScrapeLoop:
    """One target. `run` until cancelled; `end` when the target is gone."""

    def __init__(self, target: Target, job: ScrapeConfig, access: HttpAccess, conversion: TargetConversion, around: Surroundings):
        self.target = target
        self._job = job
        self._access = access
        self._conversion = conversion
        self._around = around
        self._converting: asyncio.Future[Request] | None = None
        """A body being read in a thread, which a cancelled scrape leaves behind."""
        self._sampler = Sampler(initial=1, thereafter=0, tick=_WARNING_SECONDS)
        self._headers = {
            "Accept": accept_header(job.scrape_protocols or (), job.metric_name_escaping_scheme),
            "Accept-Encoding": "gzip" if job.enable_compression else "identity",
            "X-Prometheus-Scrape-Timeout-Seconds": f"{target.timeout:g}",
        }

    async def run(self) -> None:
        """Scrape at the target's times; one that is still running when the next is due takes its place."""
        while True:
            now = time.time()
            await asyncio.sleep(next_start(now, self.target.interval, self.target.offset) - now)
            try:
                async with self._around.slots:
                    await self.scrape()
            except Exception:
                # a fault of ours in one scrape is no reason to give up the target
                self._around.logger.exception("A scrape ended by a fault", extra={"target": self.target.url})
            # a timer that fires a little early must not scrape twice
            await asyncio.sleep(min(0.01, self.target.interval / 10))

    async def scrape(self) -> None:
        """Scrape once and deliver what came of it."""
        began, at = time.monotonic(), time.time_ns() // 1_000_000
        try:
            body = await fetch(self._access, self.target, self._headers, self._job.body_size_limit or 0)
        except ScrapeError as error:
            if isinstance(error, BodyTooLargeError):
                self._around.metrics.body_too_large.add()
            self._failed(error)
            request = self._conversion.failed(at, time.monotonic() - began, self.target.timeout, 0)
        else:
            request = await self._converted(body, at, began)
        await self._deliver(request)

    async def end(self) -> None:
        """Say that the target's series are gone. To be called when `run` has ended."""
        if self._converting is not None:
            await asyncio.gather(self._converting, return_exceptions=True)
        await self._deliver(self._conversion.ended(time.time_ns() // 1_000_000))

    async def _converted(self, body: Body, at: int, began: float) -> Request:
        convert = partial(
            self._conversion.scraped,
            partial(self._read, body),
            at,
            lambda: time.monotonic() - began,
            self.target.timeout,
            len(body.content),
        )
        if len(body.content) < _THREAD_BYTES:
            request = convert()
        else:
            self._converting = asyncio.ensure_future(asyncio.to_thread(convert))
            request = await asyncio.shield(self._converting)
            self._converting = None
        metrics = self._around.metrics
        metrics.duplicates.add(request.duplicates)
        if request.error is not None:
            if isinstance(request.error, SampleLimitError):
                metrics.too_many_samples.add()
            elif isinstance(request.error, LabelLimitError):
                metrics.too_many_labels.add()
            self._failed(request.error)
        elif request.duplicates:
            self._warn("Series exposed more than once in a scrape; the first of each was taken", number=request.duplicates)
        return request

    def _read(self, body: Body, catalog: Catalog, reading: Reading) -> None:
        job = self._job
        kind = body_format(body.content_type, job.fallback_scrape_protocol)
        if kind is Format.PROTOBUF:
            rules = ProtobufRules(
                honor_timestamps=job.honor_timestamps,
                native_histograms=bool(job.scrape_native_histograms),
                classic_too=bool(job.always_scrape_classic_histograms),
                bucket_limit=job.native_histogram_bucket_limit,
            )
            read_protobuf(body.content, catalog, reading, rules)
            return
        try:
            text = body.content.decode()
        except UnicodeDecodeError as error:
            raise ExpositionError(f"the body is not UTF-8: {error.reason} at byte {error.start}") from error
        read_text(text, catalog, reading, open_metrics=kind is Format.OPEN_METRICS, honor_timestamps=job.honor_timestamps)

    def _failed(self, error: Exception) -> None:
        self._around.metrics.failed.add()
        self._warn("Failed to scrape Prometheus endpoint", error=str(error))

    async def _deliver(self, request: Request) -> None:
        if not request.points:
            return
        try:
            await self._around.deliver(request.data, request.points)
        except ConsumeError as error:
            self._warn("The pipeline did not take a scrape, its data is lost", error=str(error))

    def _warn(self, message: str, **fields: object) -> None:
        """Write a warning, at most one of each message a minute and target."""
        if self._sampler.admit(message):
            self._around.logger.warning(message, extra={"job": self._job.job_name, "target": self.target.url, **fields})
