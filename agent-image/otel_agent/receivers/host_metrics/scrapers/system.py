"""Scraper system: /proc/uptime."""

from otel_agent.receivers.host_metrics.host import read
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.scraper import Scrape


class SystemScraper(HostScraper):
    """Seconds since boot, whole ones as the Go collector has them."""

    name = "system"

    def collect(self, scrape: Scrape) -> None:
        """Record the uptime."""
        self.metrics.add("system.uptime", float(int(float(read(self._host.proc("uptime")).split()[0]))))
