"""The endpoints of a Service, put together from its EndpointSlices. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_agent.exporters.load_balancing.addresses import bracketed


class MissingHostname(Exception):
    """An endpoint has no hostname, where these are asked for."""


@dataclass(slots=True)
class SliceSet:
    """Hosts by the name of the slice that they are in: a slice can change while its neighbours do not."""

    service: str
    namespace: str
    hostnames: bool
    """Whether hosts are `pod.service.namespace` instead of addresses."""
    slices: dict[str, frozenset[str]] = field(default_factory=dict)

    def put(self, endpoint_slice: Mapping[str, Any]) -> None:
        """Add or replace a slice; `MissingHostname` leaves things as they were."""
        self.slices[endpoint_slice["metadata"]["name"]] = self._hosts(endpoint_slice)

    def remove(self, endpoint_slice: Mapping[str, Any]) -> None:
        """Remove a slice."""
        self.slices.pop(endpoint_slice["metadata"]["name"], None)

    def endpoints(self, ports: list[int]) -> list[str]:
        """Return every host with every port, sorted."""
        hosts = frozenset().union(*self.slices.values())
        return sorted(f"{bracketed(host)}:{port}" for host in hosts for port in ports)

    def _hosts(self, endpoint_slice: Mapping[str, Any]) -> frozenset[str]:
        found: set[str] = set()
        for endpoint in endpoint_slice.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is False:
                continue
            if not self.hostnames:
                found.update(endpoint.get("addresses") or ())
            elif hostname := endpoint.get("hostname"):
                found.add(f"{hostname}.{self.service}.{self.namespace}")
            else:
                raise MissingHostname(f"EndpointSlice {endpoint_slice['metadata']['name']}: an endpoint has no hostname")
        return frozenset(found)
