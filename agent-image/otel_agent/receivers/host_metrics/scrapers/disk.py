"""Scraper disk: /proc/diskstats."""

from otel_agent.receivers.host_metrics.config import DiskConfig
from otel_agent.receivers.host_metrics.host import HostFiles, lines_of
from otel_agent.receivers.host_metrics.precision import milliseconds
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.names import compile_names
from otel_agent.scraping.scraper import Scrape

_SECTOR = 512
_COLUMNS = 14


class DiskScraper(HostScraper):
    """Work of each disk and partition since boot."""

    name = "disk"
    metric_count = 7

    def __init__(self, config: DiskConfig, host: HostFiles, version: str) -> None:
        super().__init__(config, host, version)
        self._chosen = compile_names(config.include, config.exclude)

    def collect(self, scrape: Scrape) -> None:
        """Record all devices that are chosen."""
        for line in lines_of(self._host.proc("diskstats")):
            fields = line.split()
            if len(fields) >= _COLUMNS and self._chosen(fields[2]):
                self._device(fields[2], [int(field) for field in fields[3:_COLUMNS]])

    def _device(self, device: str, values: list[int]) -> None:
        if not any(values):
            return  # a device that was never used, such as a loop device without a file
        add = self.metrics.add
        pending, busy, weighted = values[8:]
        for direction, (operations, merged, sectors, time) in (("read", values[:4]), ("write", values[4:8])):
            add("system.disk.io", sectors * _SECTOR, device, direction)
            add("system.disk.operations", operations, device, direction)
            add("system.disk.operation_time", milliseconds(time), device, direction)
            add("system.disk.merged", merged, device, direction)
        add("system.disk.io_time", milliseconds(busy), device)
        add("system.disk.pending_operations", pending, device)
        add("system.disk.weighted_io_time", milliseconds(weighted), device)
