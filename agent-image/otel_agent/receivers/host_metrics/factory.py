"""Makes host_metrics receivers."""

from importlib import metadata

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


def make_scrapers(config: HostMetricsConfig) -> list[Scraper]:
    """Return the scrapers that are configured."""
    host, version, wanted = HostFiles(config.root_path), metadata.version("otel-operator"), config.scrapers
    made: list[Scraper] = []
    if wanted.cpu:
        made.append(CpuScraper(wanted.cpu, host, version))
    if wanted.disk:
        made.append(DiskScraper(wanted.disk, host, version))
    if wanted.filesystem:
        made.append(FilesystemScraper(wanted.filesystem, host, version))
    if wanted.load:
        made.append(LoadScraper(wanted.load, host, version))
    if wanted.memory:
        made.append(MemoryScraper(wanted.memory, host, version))
    if wanted.network:
        made.append(NetworkScraper(wanted.network, host, version))
    if wanted.paging:
        made.append(PagingScraper(wanted.paging, host, version))
    if wanted.process:
        made.append(ProcessScraper(wanted.process, host, version))
    if wanted.processes:
        made.append(ProcessesScraper(wanted.processes, host, version))
    if wanted.system:
        made.append(SystemScraper(wanted.system, host, version))
    return made
