"""Finds the endpoints of backends."""

from collections.abc import Sequence
from logging import Logger
from typing import Protocol

from otel_agent.exporters.load_balancing.config import ResolverConfig


class Findings(Protocol):
    """Who wants to know."""

    async def found(self, endpoints: Sequence[str]) -> None:
        """Take all endpoints that there are now; none if that is what was found."""
        ...

    def failed(self, error: str) -> None:
        """Note that nothing could be found out."""
        ...


class Resolver(Protocol):
    """Looks until it is cancelled."""

    name: str
    """What self-metrics call it."""
    patience: float
    """Seconds that a start may wait for the first findings."""

    async def run(self, findings: Findings) -> None:
        """Tell what is found, again and again. May return when there is nothing more to find."""
        ...


def make_resolver(config: ResolverConfig, logger: Logger) -> Resolver:
    """Return the resolver that is configured."""
    if config.dns is not None:
        from otel_agent.exporters.load_balancing.resolvers.dns import DnsResolver

        return DnsResolver(config.dns)
    if config.k8s is not None:
        from otel_agent.exporters.load_balancing.resolvers.k8s import K8sResolver  # its HTTP client only where it is used

        return K8sResolver(config.k8s, logger)
    from otel_agent.exporters.load_balancing.resolvers.static import StaticResolver

    assert config.static is not None
    return StaticResolver(config.static)
