"""The targets of one job: starts and stops their loops as discovery finds and loses them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otel_agent.receivers.prometheus.discovery.groups import TargetGroup
from otel_agent.receivers.prometheus.http_access import HttpAccess
from otel_agent.receivers.prometheus.otlp.catalog import Catalog, SeriesRules
from otel_agent.receivers.prometheus.otlp.conversion import TargetConversion
from otel_agent.receivers.prometheus.otlp.request import RequestRules
from otel_agent.receivers.prometheus.relabelling import Relabel
from otel_agent.receivers.prometheus.scraping.loop import ScrapeLoop, Surroundings
from otel_agent.receivers.prometheus.scraping.target import Target, TargetError, discovered_labels, make_target
from otel_agent.receivers.prometheus.settings.scrape import ScrapeConfig


@dataclass(frozen=True, slots=True)
class JobRules:
    """A job with its compiled rules and what the whole receiver adds."""

    config: ScrapeConfig
    relabel: Relabel | None
    metric_relabel: Relabel | None
    external_labels: Mapping[str, str]
    trim_suffixes: bool
    version: str
    legacy_attributes: bool = True


class ScrapePool:
    """Loops of one job's targets."""

    def __init__(self, rules: JobRules, access: HttpAccess, around: Surroundings) -> None:
        self._rules = rules
        self._access = access
        self._around = around
        self._loops: dict[Target, tuple[ScrapeLoop, asyncio.Task[None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._reported: set[str] = set()

    @property
    def targets(self) -> Sequence[Target]:
        """What is scraped now."""
        return list(self._loops)

    def update(self, groups: Sequence[TargetGroup]) -> None:
        """Scrape exactly these targets from now on."""
        wanted = self._targets(groups)
        limit = self._rules.config.target_limit or 0
        if limit and len(wanted) > limit:
            self._around.metrics.too_many_targets.add()
            job = self._rules.config.job_name
            self._report(f"target_limit exceeded: job {job} has {len(wanted)} targets, more than {limit}; none is scraped")
            wanted = {}
        for target in [target for target in self._loops if target not in wanted]:
            self._stop(target)
        for target, discovered in wanted.items():
            if target not in self._loops:
                self._start(target, discovered)

    async def close(self) -> None:
        """Stop all loops; their series are not said to be gone, as another collector, or this one later, goes on with them."""
        tasks = [task for _, task in self._loops.values()]
        self._around.metrics.targets.add(-len(self._loops))
        self._loops.clear()
        for task in [*tasks, *self._ending]:
            task.cancel()
        await asyncio.gather(*tasks, *self._ending, return_exceptions=True)

    async def drain(self) -> None:
        """Wait until everything is said about targets that are gone."""
        await asyncio.gather(*self._ending)

    def _targets(self, groups: Sequence[TargetGroup]) -> dict[Target, Mapping[str, str]]:
        config = self._rules.config
        found: dict[Target, Mapping[str, str]] = {}
        for group in groups:
            for labels in group.targets:
                discovered = discovered_labels(config, labels, group.labels)
                try:
                    target = make_target(config, discovered, self._rules.relabel)
                except TargetError as error:
                    self._report(f"A target of job {config.job_name} in {group.source} cannot be scraped: {error}")
                    continue
                if target is not None:
                    found.setdefault(target, discovered)
        return found

    def _start(self, target: Target, discovered: Mapping[str, str]) -> None:
        config, rules = self._rules.config, self._rules
        catalog = Catalog(
            SeriesRules(
                target_labels=dict(target.labels),
                honor_labels=config.honor_labels,
                relabel=rules.metric_relabel,
                external_labels=rules.external_labels,
                label_limit=config.label_limit or 0,
                label_name_length_limit=config.label_name_length_limit or 0,
                label_value_length_limit=config.label_value_length_limit or 0,
            )
        )
        conversion = TargetConversion(
            catalog,
            RequestRules(target.scheme, rules.version, discovered, rules.trim_suffixes, rules.legacy_attributes),
            sample_limit=config.sample_limit or 0,
            track_timestamps=config.track_timestamps_staleness,
            extra=bool(config.extra_scrape_metrics),
        )
        loop = ScrapeLoop(target, config, self._access, conversion, self._around)
        task = asyncio.get_running_loop().create_task(loop.run(), name=f"scrape {target.url}")
        self._loops[target] = loop, task
        self._around.metrics.targets.add()

    def _stop(self, target: Target) -> None:
        loop, task = self._loops.pop(target)
        self._around.metrics.targets.add(-1)
        task.cancel()

        async def finish() -> None:
            await asyncio.gather(task, return_exceptions=True)
            await loop.end()

        ending = asyncio.get_running_loop().create_task(finish())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _report(self, message: str) -> None:
        """Warn once of each thing; discovery repeats itself."""
        if message not in self._reported:
            if len(self._reported) >= 1000:
                self._reported.clear()
            self._reported.add(message)
            self._around.logger.warning(message)
