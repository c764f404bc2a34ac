"""Backends that the configuration names."""

from otel_agent.exporters.load_balancing.config import StaticResolverConfig
from otel_agent.exporters.load_balancing.resolvers import Findings

_PATIENCE = 5.0


class StaticResolver:
    """Finds the same once and for all."""

    name = "static"
    patience = _PATIENCE

    def __init__(self, config: StaticResolverConfig) -> None:
        self._endpoints = [name.strip() for name in config.hostnames if name.strip()]

    async def run(self, findings: Findings) -> None:
        """Tell, and return."""
        await findings.found(self._endpoints)
