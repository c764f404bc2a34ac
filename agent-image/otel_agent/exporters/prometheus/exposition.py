"""Answers scrapes: chooses the format, writes the families in it, and packs the answer if the scraper likes.

Scrapes of the same kind that come while one is being written get the same answer, so that many scrapers cost no more memory than
one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from otel_agent.exporters.prometheus.families import Families, Family
from otel_agent.exporters.prometheus.formats import Choice, Format, accepts_gzip, negotiate
from otel_agent.exporters.prometheus.naming import Naming
from otel_agent.exporters.prometheus.protobuf import ProtobufWriter
from otel_agent.exporters.prometheus.refusals import Refusals
from otel_agent.exporters.prometheus.series import NumberSeries
from otel_agent.exporters.prometheus.text import TextWriter
from otel_agent.prometheus.names import MetricType, Strategy
from otel_agent.transport.content_encoding import compress

_THREAD_BYTES = 64 * 1024
"""Answers of this size on are packed in a thread."""

Writer = TextWriter | ProtobufWriter


@dataclass(frozen=True, slots=True)
class Scraped:
    """The answer to a scrape."""

    body: bytes
    content_type: str
    encoding: str
    """Content-Encoding; "" for none."""


class Exposition:
    """What is shown of the families, in any format."""

    def __init__(
        self,
        config: PrometheusExporterConfig,
        naming: Naming,
        families: Families,
        infos: Callable[[], list[str]],
        refusals: Refusals,
    ) -> None:
        """`infos()` gives the labels of each `target_info`, after dropping what has expired."""
        self._openmetrics = config.enable_open_metrics
        self._timestamps, self._created = config.send_timestamps, config.created_samples
        self._legacy_names = Strategy(config.strategy).escapes
        self._info_name = naming.info_name
        self._families = families
        self._infos = infos
        self._refusals = refusals
        self._running: dict[tuple[Choice, bool], asyncio.Task[Scraped]] = {}

    async def scrape(self, accept: str, accept_encoding: str) -> Scraped:
        """Answer a request with these headers."""
        asked = negotiate(accept, openmetrics=self._openmetrics), accepts_gzip(accept_encoding)
        running = self._running.get(asked)
        if running is None:
            running = self._running[asked] = asyncio.create_task(self._answer(*asked), name="prometheus-scrape")
            running.add_done_callback(lambda _: self._running.pop(asked, None))
        return await asyncio.shield(running)  # one client that leaves must not take the answer from the others

    async def _answer(self, choice: Choice, packed: bool) -> Scraped:
        parts = []
        for part in self._writer(choice).write(self._shown()):
            parts.append(part)
            await asyncio.sleep(0)
        body = b"".join(parts)
        parts.clear()
        if not packed:
            return Scraped(body, choice.content_type, "")
        small = len(body) < _THREAD_BYTES
        body = compress("gzip", body) if small else await asyncio.to_thread(compress, "gzip", body)
        return Scraped(body, choice.content_type, "gzip")

    def _writer(self, choice: Choice) -> Writer:
        legacy, timestamps = self._legacy_names, self._timestamps
        if choice.format is Format.PROTOBUF:
            return ProtobufWriter(choice, self._refusals, legacy_names=legacy, timestamps=timestamps)
        return TextWriter(choice, legacy_names=legacy, timestamps=timestamps, created=self._created)

    def _shown(self) -> list[Family]:
        """Return the families, and that of `target_info`; what a sender calls by that name, too, is shown with it."""
        infos = self._infos()  # first: what has expired goes with it
        shown = {family.name: family for family in self._families.sorted()}
        targets = Family(self._info_name, MetricType.GAUGE, "Target metadata", "")
        for labels in infos:
            series = targets.series[labels] = NumberSeries(labels)
            series.value, series.family = 1, targets
        if targets.series:
            sent = shown.get(targets.name)
            targets.series = {**(sent.series if sent else {}), **targets.series}
            shown[targets.name] = targets
        return [shown[name] for name in sorted(shown)]
