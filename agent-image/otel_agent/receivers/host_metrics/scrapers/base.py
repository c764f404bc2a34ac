"""What the scrapers of one resource have in common: metrics since boot, with the scope names of the Go collector."""

from abc import ABC, abstractmethod

from otel_agent.config.blocks.scraping import ScraperConfig
from otel_agent.receivers.host_metrics.host import HostFiles
from otel_agent.scraping.recorder import Recorder
from otel_agent.scraping.scraper import Scrape

SCOPE = "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper/{}scraper"


class HostScraper(ABC):
    """A subclass records what it reads in `collect`, and notes in the scrape what it cannot."""

    name = ""

    def __init__(self, config: ScraperConfig, host: HostFiles, version: str) -> None:
        self._host = host
        self._version = version
        self._boot: int | None = None
        self.metrics = Recorder(config)

    @property
    def metric_count(self) -> int:
        """Metrics that are missing when nothing can be read."""
        return 1

    def scrape(self, now: int) -> Scrape:
        """Read everything once. OSError and ValueError when nothing could be read."""
        if self._boot is None:
            self._boot = self._host.boot_time() * 1_000_000_000
        scrape = Scrape()
        self.collect(scrape)
        made = self.metrics.take(SCOPE.format(self.name), self._version, start=self._boot, now=now, resource={})
        if made is not None:
            scrape.resources.append(made)
        return scrape

    @abstractmethod
    def collect(self, scrape: Scrape) -> None:
        """Record the points."""
