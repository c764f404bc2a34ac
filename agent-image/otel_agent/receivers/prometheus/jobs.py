"""A scrape job at work: its discovery mechanisms, feeding its pool of targets."""

import asyncio
from collections.abc import Sequence

from otel_agent.pipeline.errors import StartError
from otel_agent.receivers.prometheus.discovery import dns, files, http_endpoint
from otel_agent.receivers.prometheus.discovery.groups import Discover, TargetGroup
from otel_agent.receivers.prometheus.discovery.kubernetes.discovery import KubernetesTargets
from otel_agent.receivers.prometheus.discovery.refresh import refreshing
from otel_agent.receivers.prometheus.http_access import HttpAccess, check_files
from otel_agent.receivers.prometheus.scraping.loop import Surroundings
from otel_agent.receivers.prometheus.scraping.pool import JobRules, ScrapePool

_SETTLE_SECONDS = 0.5
"""Groups that mechanisms publish within this time are taken together."""


class Job:
    """Open it in the event loop; `close` or `retire` it once."""

    def __init__(self, rules: JobRules, around: Surroundings) -> None:
        self.rules = rules
        self._around = around
        self._access = HttpAccess(rules.config, around.logger)
        self._pool = ScrapePool(rules, self._access, around)
        self._mechanisms: list[Discover] = []
        self._groups: dict[int, Sequence[TargetGroup]] = {}
        self._opened: list[HttpAccess | KubernetesTargets] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._flush: asyncio.TimerHandle | None = None

    @property
    def pool(self) -> ScrapePool:
        """The targets that are scraped."""
        return self._pool

    def open(self) -> None:
        """Begin to discover and to scrape; `StartError` for settings that cannot be used, after which `close` is still due."""
        config, around = self.rules.config, self._around
        for client in (config, *config.http_sd_configs, *config.kubernetes_sd_configs):
            try:
                check_files(client)
            except StartError as error:
                raise StartError(f'scrape job "{config.job_name}": {error}') from error
        self._open(self._access)
        failures = around.metrics.refresh_failures
        for file_sd in config.file_sd_configs:
            interval = min(file_sd.refresh_interval or files.LOOK_SECONDS, files.LOOK_SECONDS)
            self._mechanisms.append(refreshing(files.look_into(file_sd), interval, around.logger, failures))
        for http_sd in config.http_sd_configs:
            access = HttpAccess(http_sd, around.logger)
            self._open(access)
            self._mechanisms.append(
                refreshing(http_endpoint.look_at(http_sd, access), http_sd.refresh_interval, around.logger, failures)
            )
        for dns_sd in config.dns_sd_configs:
            self._mechanisms.append(refreshing(dns.look_up(dns_sd), dns_sd.refresh_interval, around.logger, failures))
        for kubernetes_sd in config.kubernetes_sd_configs:
            watcher = KubernetesTargets(kubernetes_sd, around.logger, failures)
            self._open(watcher)
            self._mechanisms.append(watcher.discover)
        self._groups[-1] = [
            TargetGroup(f"static/{number}", tuple({"__address__": target} for target in static.targets), static.labels)
            for number, static in enumerate(config.static_configs)
        ]
        self._pool.update(self._all_groups())
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._discover(number, mechanism), name=f"discover {config.job_name}")
            for number, mechanism in enumerate(self._mechanisms)
        ]

    async def retire(self) -> None:
        """End the job for good: say that its series are gone, then close."""
        await self._stop_discovery()
        self._pool.update([])
        await self._pool.drain()
        await self.close()

    async def close(self) -> None:
        """Stop discovery and scrapes. Idempotent."""
        await self._stop_discovery()
        await self._pool.close()
        while self._opened:
            await self._opened.pop().close()

    def _open(self, what: HttpAccess | KubernetesTargets) -> None:
        what.open()
        self._opened.append(what)

    async def _discover(self, number: int, mechanism: Discover) -> None:
        def publish(groups: Sequence[TargetGroup]) -> None:
            self._groups[number] = groups
            if self._flush is None:
                self._flush = asyncio.get_running_loop().call_later(_SETTLE_SECONDS, self._update)

        try:
            await mechanism(publish)
        except Exception:
            # nobody awaits this task while the job runs: the fault is told here, and the targets known stay
            self._around.logger.exception("Discovery ended by a fault", extra={"job": self.rules.config.job_name})

    def _update(self) -> None:
        self._flush = None
        self._pool.update(self._all_groups())

    def _all_groups(self) -> list[TargetGroup]:
        return [group for _, groups in sorted(self._groups.items()) for group in groups]

    async def _stop_discovery(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
