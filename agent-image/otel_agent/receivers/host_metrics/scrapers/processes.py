"""Scraper processes: the state of every process, and the counts in /proc/stat."""

from collections import Counter

from otel_agent.receivers.host_metrics.host import entries_of, lines_of, read
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.scraper import Scrape

_STATUS = {
    "R": "running",
    "S": "sleeping",
    "D": "blocked",
    "U": "blocked",
    "I": "idle",
    "T": "stopped",
    "t": "stopped",
    "Z": "zombies",
    "W": "paging",
    "L": "locked",
}


class ProcessesScraper(HostScraper):
    """Numbers of processes by state, and of all that were created."""

    name = "processes"
    metric_count = 2

    def collect(self, scrape: Scrape) -> None:
        """Record both; running and blocked are the kernel's own counts, which are of one moment."""
        stat = dict(line.split(None, 1) for line in lines_of(self._host.proc("stat")) if " " in line)
        self.metrics.add("system.processes.created", int(stat["processes"]))
        if not self.metrics.wants("system.processes.count"):
            return
        counts: Counter[str] = Counter()
        for pid in entries_of(self._host.proc()):
            if pid.isdigit() and (status := self._status(pid)):
                counts[status] += 1
        counts["blocked"], counts["running"] = int(stat["procs_blocked"]), int(stat["procs_running"])
        for status, count in counts.items():
            self.metrics.add("system.processes.count", count, status)

    def _status(self, pid: str) -> str:
        """Empty for a process that has ended meanwhile."""
        try:
            text = read(self._host.proc(pid, "stat"))
        except OSError:
            return ""
        return _STATUS.get(text.rpartition(") ")[2][:1], "unknown")
