"""Scraper paging: /proc/swaps and /proc/vmstat."""

from otel_agent.receivers.host_metrics.host import lines_of
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.scraper import Scrape

_KIB = 1024
_FACTOR = 4096
"""The Go collector reports operations and faults times 4096 (its library takes them for bytes); so do we, to be comparable."""
_HEADER = ("Filename", "Size", "Used")


class PagingScraper(HostScraper):
    """Use of each swap device, and paging since boot."""

    name = "paging"
    metric_count = 3

    def collect(self, scrape: Scrape) -> None:
        """Record both sources; one that cannot be read does not keep the other from it."""
        for source, points, what in ((self._swaps, 1, "page file stats"), (self._vmstat, 2, "swap info")):
            try:
                source()
            except (OSError, ValueError) as error:
                scrape.fail(f"failed to read {what}: {error}", points)

    def _swaps(self) -> None:
        path = self._host.proc("swaps")
        lines = lines_of(path)
        header = next(lines, "").split()
        if len(header) < 4 or (header[0], header[2], header[3]) != _HEADER:
            raise ValueError(f"{path} has not the columns Filename, Size and Used")
        for line in lines:
            device, _, total, used, *_ = line.split()
            amounts = {"used": int(used) * _KIB, "free": (int(total) - int(used)) * _KIB}
            for state, amount in amounts.items():
                self.metrics.add("system.paging.usage", amount, device, state)
                if int(total):
                    self.metrics.add("system.paging.utilization", amount / (int(total) * _KIB), device, state)

    def _vmstat(self) -> None:
        counts = {key: int(value) * _FACTOR for key, value in (line.split() for line in lines_of(self._host.proc("vmstat")))}
        for key, direction, kind in (
            ("pswpin", "page_in", "major"),
            ("pswpout", "page_out", "major"),
            ("pgpgin", "page_in", "minor"),
            ("pgpgout", "page_out", "minor"),
        ):
            self.metrics.add("system.paging.operations", counts.get(key, 0), direction, kind)
        major = counts.get("pgmajfault", 0)
        self.metrics.add("system.paging.faults", major, "major")
        self.metrics.add("system.paging.faults", counts.get("pgfault", 0) - major, "minor")
