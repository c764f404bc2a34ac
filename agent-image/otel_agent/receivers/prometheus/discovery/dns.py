"""Targets by DNS records."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from otel_agent.receivers.prometheus.discovery.groups import DiscoveryError, TargetGroup
from otel_agent.receivers.prometheus.discovery.refresh import Look
from otel_agent.receivers.prometheus.settings.discovery import DnsDiscovery

_META = "__meta_dns_"
_LONGEST_SECONDS = 30.0


def look_up(config: DnsDiscovery, make_resolver: Callable[[], Any] | None = None) -> Look:
    """Return the look of one dns_sd_config; `make_resolver` replaces the resolver of the system."""

    async def look() -> Sequence[TargetGroup]:
        answers = await asyncio.gather(*(_resolve(config, name, make_resolver) for name in config.names))
        return [TargetGroup(name, tuple(targets)) for name, targets in zip(config.names, answers, strict=True)]

    return look


async def _resolve(config: DnsDiscovery, name: str, make_resolver: Callable[[], Any] | None) -> list[Mapping[str, str]]:
    """Ask for one name. One that does not exist has no targets; only a server that cannot tell is an error."""
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

    try:
        resolver = (make_resolver or dns.asyncresolver.Resolver)()
        answer = await resolver.resolve(name, config.type, search=True, lifetime=_LONGEST_SECONDS, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise DiscoveryError(f"{name}: {error or type(error).__name__}") from error
    return [_target(config, name, record) for record in answer.rrset or ()]


def _target(config: DnsDiscovery, name: str, record: Any) -> Mapping[str, str]:
    labels = {f"{_META}name": name}
    match config.type:
        case "SRV":
            host = record.target.to_text()
            port = record.port
            labels |= {f"{_META}srv_record_target": host, f"{_META}srv_record_port": str(port)}
        case "MX":
            host, port = record.exchange.to_text(), config.port
            labels[f"{_META}mx_record_target"] = host
        case "NS":
            host, port = record.target.to_text(), config.port
            labels[f"{_META}ns_record_target"] = host
        case _:
            host, port = record.address, config.port
    host = host.removesuffix(".")
    return labels | {"__address__": f"[{host}]:{port}" if ":" in host else f"{host}:{port}"}
