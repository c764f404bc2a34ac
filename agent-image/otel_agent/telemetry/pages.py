"""Serves the collector's own metrics at /metrics, on every address that service.telemetry names."""

from collections.abc import Iterable, Mapping

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.telemetry.admin import AdminServer, Handler, Reply
from otel_agent.telemetry.exposition import render
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.telemetry.settings import ReaderSettings

PATH = "/metrics"
_CONTENT_TYPE = "text/plain; version=0.0.4"


class MetricsPages:
    """The Prometheus pages of one collector."""

    def __init__(self, metrics: SelfMetrics, resource: Mapping[str, str], readers: Iterable[ReaderSettings]) -> None:
        self._metrics = metrics
        self._resource = dict(resource)
        self._servers = [
            AdminServer(TcpAddress(reader.host, reader.port), {}, handlers={PATH: self._page(reader)}) for reader in readers
        ]

    @property
    def ports(self) -> list[int]:
        """The bound ports, once started."""
        return [server.port for server in self._servers]

    async def start(self) -> None:
        """Bind all pages; OSError when one cannot be bound."""
        for server in self._servers:
            await server.start()

    async def stop(self) -> None:
        """Stop serving. Idempotent."""
        for server in self._servers:
            await server.stop()

    def _page(self, reader: ReaderSettings) -> Handler:
        async def page(query: Mapping[str, str]) -> Reply:
            return Reply(render(await self._metrics.current(), self._resource, reader.naming), _CONTENT_TYPE)

        return page
