"""Scraper cpu: /proc/stat and /proc/cpuinfo."""

from otel_agent.receivers.host_metrics.host import CLOCK_TICKS, lines_of
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.scraper import Scrape

_STATES = ("user", "nice", "system", "idle", "wait", "interrupt", "softirq", "steal")
"""Of the columns of /proc/stat; those after them, guest times, are part of user and nice."""
_HZ_IN_MHZ = 1_000_000


class CpuScraper(HostScraper):
    """Times of each CPU; shares of them from the second scrape on."""

    name = "cpu"
    _before: dict[str, list[int]] | None = None

    def collect(self, scrape: Scrape) -> None:
        """Record times, shares, counts and frequencies."""
        ticks = self._ticks()
        for cpu, values in ticks.items():
            for state, value in zip(_STATES, values, strict=False):
                self.metrics.add("system.cpu.time", value / CLOCK_TICKS, cpu, state)
        if self.metrics.wants("system.cpu.utilization"):
            self._utilization(ticks)
        self.metrics.add("system.cpu.logical.count", len(ticks))
        if self.metrics.wants("system.cpu.physical.count", "system.cpu.frequency"):
            self._processors(len(ticks))

    def _ticks(self) -> dict[str, list[int]]:
        found = {}
        for line in lines_of(self._host.proc("stat")):
            name, *values = line.split()
            if name.startswith("cpu") and name != "cpu":
                found[name] = [int(value) for value in values]
        if not found:
            raise ValueError(f"{self._host.proc('stat')} names no CPU")
        return found

    def _utilization(self, ticks: dict[str, list[int]]) -> None:
        for cpu, before in (self._before or {}).items():
            if cpu not in ticks:
                continue  # taken offline
            elapsed = sum(ticks[cpu]) - sum(before)
            for state, now, then in zip(_STATES, ticks[cpu], before, strict=False):
                self.metrics.add("system.cpu.utilization", (now - then) / elapsed if elapsed > 0 else 0.0, cpu, state)
        self._before = ticks

    def _processors(self, logical: int) -> None:
        cores: set[tuple[str, str]] = set()
        fields: dict[str, str] = {}
        for line in [*lines_of(self._host.proc("cpuinfo")), ""]:
            key, _, value = line.partition(":")
            if key.strip():
                fields[key.strip()] = value.strip()
                continue
            if "processor" in fields:
                if "core id" in fields:
                    cores.add((fields.get("physical id", ""), fields["core id"]))
                if "cpu MHz" in fields:
                    frequency = float(fields["cpu MHz"]) * _HZ_IN_MHZ
                    self.metrics.add("system.cpu.frequency", frequency, f"cpu{fields['processor']}")
            fields = {}
        self.metrics.add("system.cpu.physical.count", len(cores) or logical)
