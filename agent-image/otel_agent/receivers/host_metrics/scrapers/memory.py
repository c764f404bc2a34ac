"""Scraper memory: /proc/meminfo."""

from otel_agent.config.featuregates import LINUX_MEM_AVAILABLE, process_gates
from otel_agent.receivers.host_metrics.host import PAGE_SIZE, lines_of
from otel_agent.receivers.host_metrics.precision import ratio
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.scraper import Scrape

_KIB = 1024
_HUGE = "system.memory.linux.hugepages"


class MemoryScraper(HostScraper):
    """Memory by state. `cached` has the reclaimable slabs in it, as the Go collector counts it."""

    name = "memory"
    metric_count = 2

    def collect(self, scrape: Scrape) -> None:
        """Record usage, shares, and the rest where enabled."""
        info = meminfo(self._host.proc("meminfo"))
        total = info.get("MemTotal", 0)
        if total <= 0:
            raise ValueError(f"{self._host.proc('meminfo')} has no MemTotal")
        for state, amount in _states(info).items():
            self.metrics.add("system.memory.usage", amount, state)
            self.metrics.add("system.memory.utilization", ratio(amount, total), state)
        self.metrics.add("system.memory.limit", total)
        self.metrics.add("system.memory.page_size", PAGE_SIZE)
        self.metrics.add("system.linux.memory.available", _available(info))
        self.metrics.add("system.linux.memory.dirty", info.get("Dirty", 0))
        self.metrics.add("system.memory.linux.shared", info.get("Shmem", 0))
        self._huge_pages(info)

    def _huge_pages(self, info: dict[str, int]) -> None:
        pages, free = info.get("HugePages_Total", 0), info.get("HugePages_Free", 0)
        self.metrics.add(f"{_HUGE}.limit", pages)
        self.metrics.add(f"{_HUGE}.page_size", info.get("Hugepagesize", 0))
        self.metrics.add(f"{_HUGE}.reserved", info.get("HugePages_Rsvd", 0))
        self.metrics.add(f"{_HUGE}.surplus", info.get("HugePages_Surp", 0))
        for state, amount in (("free", free), ("used", pages - free)):
            self.metrics.add(f"{_HUGE}.usage", amount, state)
            if pages:
                self.metrics.add(f"{_HUGE}.utilization", ratio(amount, pages), state)


def meminfo(path: str) -> dict[str, int]:
    """Return /proc/meminfo: bytes, or numbers of pages where the kernel gives no unit."""
    found = {}
    for line in lines_of(path):
        key, _, rest = line.partition(":")
        fields = rest.split()
        if fields:
            found[key] = int(fields[0]) * (_KIB if fields[1:] == ["kB"] else 1)
    return found


def _states(info: dict[str, int]) -> dict[str, int]:
    total, free, buffers, cached = info["MemTotal"], info.get("MemFree", 0), info.get("Buffers", 0), _cached(info)
    older = total - free - buffers - cached
    return {
        "used": total - _available(info) if process_gates().enabled(LINUX_MEM_AVAILABLE) else older,
        "free": free,
        "buffered": buffers,
        "cached": cached,
        "slab_reclaimable": info.get("SReclaimable", 0),
        "slab_unreclaimable": info.get("SUnreclaim", 0),
    }


def _cached(info: dict[str, int]) -> int:
    return info.get("Cached", 0) + info.get("SReclaimable", 0)


def _available(info: dict[str, int]) -> int:
    """Kernels before 3.14 do not say."""
    return info.get("MemAvailable", info.get("MemFree", 0) + _cached(info))
