"""Scraper load: /proc/loadavg."""

from otel_agent.receivers.host_metrics.config import LoadConfig
from otel_agent.receivers.host_metrics.host import HostFiles, lines_of, read
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.scraper import Scrape


class LoadScraper(HostScraper):
    """Load averages over one, five and fifteen minutes."""

    name = "load"
    metric_count = 3

    def __init__(self, config: LoadConfig, host: HostFiles, version: str) -> None:
        super().__init__(config, host, version)
        self._by_cpu = config.cpu_average

    def collect(self, scrape: Scrape) -> None:
        """Record the three averages."""
        averages = [float(text) for text in read(self._host.proc("loadavg")).split()[:3]]
        divisor = self._cpus() if self._by_cpu else 1
        for minutes, average in zip((1, 5, 15), averages, strict=True):
            self.metrics.add(f"system.cpu.load_average.{minutes}m", average / divisor)

    def _cpus(self) -> int:
        """CPUs of the host, which may be more than the collector may use."""
        return sum(line.startswith("cpu") and line[3:4].isdigit() for line in lines_of(self._host.proc("stat"))) or 1
