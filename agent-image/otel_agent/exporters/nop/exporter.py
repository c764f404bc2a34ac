"""The nop exporter: takes everything, keeps nothing. For measuring what comes before it."""

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Host


class NopExporter:
    """Stateless."""

    async def start(self, host: Host) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Drop the data."""
