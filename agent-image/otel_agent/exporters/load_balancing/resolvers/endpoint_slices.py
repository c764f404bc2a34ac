"""The endpoints of a Service, put together from its EndpointSlices. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from otel_agent.exporters.load_balancing.addresses import bracketed

Hosts = frozenset[str]
"""Of one slice, without ports: a slice can change while its neighbours do not."""


class MissingHostname(ValueError):
    """An endpoint has no hostname, where these are asked for."""


def hosts_by_address(endpoint_slice: Mapping[str, Any]) -> Hosts:
    """Return the addresses of a slice's endpoints that are not unready."""
    return frozenset(address for endpoint in _ready(endpoint_slice) for address in endpoint.get("addresses") or ())


def hosts_by_name(service: str, namespace: str) -> Callable[[Mapping[str, Any]], Hosts]:
    """Return what makes of a slice the names `pod.service.namespace` of its endpoints; it raises `MissingHostname`."""

    def hosts(endpoint_slice: Mapping[str, Any]) -> Hosts:
        names = [endpoint.get("hostname") for endpoint in _ready(endpoint_slice)]
        if not all(names):
            raise MissingHostname("an endpoint has no hostname, which return_hostnames asks for")
        return frozenset(f"{name}.{service}.{namespace}" for name in names)

    return hosts


def endpoints_of(slices: Iterable[Hosts], ports: list[int]) -> list[str]:
    """Return every host with every port, sorted."""
    return sorted(f"{bracketed(host)}:{port}" for host in frozenset().union(*slices) for port in ports)


def _ready(endpoint_slice: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for endpoint in endpoint_slice.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready") is not False:
            yield endpoint
