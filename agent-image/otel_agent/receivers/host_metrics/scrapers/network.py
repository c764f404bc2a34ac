"""Scraper network: net/dev, net/tcp, net/tcp6 of the host's first process, and the table of tracked connections."""

from collections import Counter

from otel_agent.receivers.host_metrics.config import NetworkConfig
from otel_agent.receivers.host_metrics.host import HostFiles, lines_of, read_number
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.names import compile_names
from otel_agent.scraping.scraper import Scrape

_STATES = {
    "01": "ESTABLISHED",
    "02": "SYN_SENT",
    "03": "SYN_RECV",
    "04": "FIN_WAIT_1",
    "05": "FIN_WAIT_2",
    "06": "TIME_WAIT",
    "07": "CLOSE",
    "08": "CLOSE_WAIT",
    "09": "LAST_ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
    "0C": "SYN_RECV",  # a request that is being answered
}
_ALWAYS = (*dict.fromkeys(_STATES.values()), "DELETE")
"""States that are reported although no connection is in them; no kernel has DELETE, the Go collector reports it as 0."""
_HEADER_LINES = 2


class NetworkScraper(HostScraper):
    """Traffic of each interface, and TCP connections by state."""

    name = "network"
    metric_count = 5

    def __init__(self, config: NetworkConfig, host: HostFiles, version: str) -> None:
        super().__init__(config, host, version)
        self._chosen = compile_names(config.include, config.exclude)

    def collect(self, scrape: Scrape) -> None:
        """Record each of the three sources; one that cannot be read does not keep the others from it."""
        for source, points, what in ((self._traffic, 4, "network IO stats"), (self._connections, 1, "TCP connections")):
            try:
                source()
            except (OSError, ValueError) as error:
                scrape.fail(f"failed to read {what}: {error}", points)
        if self.metrics.wants("system.network.conntrack.count", "system.network.conntrack.max"):
            try:
                for what in ("count", "max"):
                    path = self._host.proc("sys", "net", "netfilter", f"nf_conntrack_{what}")
                    self.metrics.add(f"system.network.conntrack.{what}", read_number(path))
            except (OSError, ValueError) as error:
                scrape.fail(f"failed to read conntrack info: {error}", 2)

    def _net(self, name: str) -> str:
        """Return a file of the host's network namespace: with a root path, /proc/net is that of our own container."""
        return self._host.proc("1", "net", name) if self._host.root else self._host.proc("net", name)

    def _traffic(self) -> None:
        add = self.metrics.add
        for number, line in enumerate(lines_of(self._net("dev"))):
            name, _, rest = line.rpartition(":")
            fields = rest.split()
            device = name.strip()
            if number < _HEADER_LINES or len(fields) < 13 or not device or not self._chosen(device):
                continue
            for direction, first in (("receive", 0), ("transmit", 8)):
                size, packets, errors, dropped = (int(field) for field in fields[first : first + 4])
                add("system.network.io", size, device, direction)
                add("system.network.packets", packets, device, direction)
                add("system.network.errors", errors, device, direction)
                add("system.network.dropped", dropped, device, direction)

    def _connections(self) -> None:
        if not self.metrics.wants("system.network.connections"):
            return
        counts: Counter[str] = Counter(dict.fromkeys(_ALWAYS, 0))
        counts.update(state for name in ("tcp", "tcp6") for state in self._states(name))
        for state, count in counts.items():
            self.metrics.add("system.network.connections", count, "tcp", state)

    def _states(self, name: str) -> list[str]:
        try:
            lines = lines_of(self._net(name))
        except FileNotFoundError:
            if name == "tcp":
                raise
            return []  # a kernel without IPv6
        next(lines, None)
        return [_STATES.get(fields[3], "CLOSE") for line in lines if len(fields := line.split(None, 4)) > 3]
