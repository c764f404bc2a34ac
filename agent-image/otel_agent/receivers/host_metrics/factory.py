"""Makes host_metrics receivers."""

from collections.abc import Callable
from importlib import metadata
from typing import Any

from otel_agent.pipeline.component import BuildContext, Component
from otel_agent.receivers.host_metrics.config import HostMetricsConfig
from otel_agent.receivers.host_metrics.host import HostFiles
from otel_agent.receivers.host_metrics.scrapers.cpu import CpuScraper
from otel_agent.receivers.host_metrics.scrapers.disk import DiskScraper
from otel_agent.receivers.host_metrics.scrapers.filesystem import FilesystemScraper
from otel_agent.receivers.host_metrics.scrapers.load import LoadScraper
from otel_agent.receivers.host_metrics.scrapers.memory import MemoryScraper
from otel_agent.receivers.host_metrics.scrapers.network import NetworkScraper
from otel_agent.receivers.host_metrics.scrapers.paging import PagingScraper
from otel_agent.receivers.host_metrics.scrapers.process import ProcessScraper
from otel_agent.receivers.host_metrics.scrapers.processes import ProcessesScraper
from otel_agent.receivers.host_metrics.scrapers.system import SystemScraper
from otel_agent.scraping.schedule import ScrapingReceiver
from otel_agent.scraping.scraper import Scraper


def create(config: HostMetricsConfig, context: BuildContext) -> Component:
    """Return the receiver; ValueError for a pattern that is none."""
    return ScrapingReceiver(config, context, make_scrapers(config))


_SCRAPERS: dict[str, Callable[[Any, HostFiles, str], Scraper]] = {
    "cpu": CpuScraper,
    "disk": DiskScraper,
    "filesystem": FilesystemScraper,
    "load": LoadScraper,
    "memory": MemoryScraper,
    "network": NetworkScraper,
    "paging": PagingScraper,
    "process": ProcessScraper,
    "processes": ProcessesScraper,
    "system": SystemScraper,
}
"""By the key of its block."""


def make_scrapers(config: HostMetricsConfig) -> list[Scraper]:
    """Return the scrapers that are configured."""
    host, version = HostFiles(config.root_path), metadata.version("otel-operator")
    blocks = {name: getattr(config.scrapers, name) for name in _SCRAPERS}
    return [_SCRAPERS[name](block, host, version) for name, block in blocks.items() if block]
