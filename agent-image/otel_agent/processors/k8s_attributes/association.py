"""Which pod telemetry comes from."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otel_agent.pdata.resources import ResourceAttributes
from otel_agent.processors.k8s_attributes.config import Association, AssociationSource

Identity = tuple[tuple[str, str], ...]
"""Names and values that a pod must all have: `k8s.pod.ip`, `k8s.pod.uid`, `k8s.pod.name`, `k8s.namespace.name`, `container.id`,
or another of its attributes; `ip` and `host.name` are addresses."""

CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class Associations:
    """The configured ways, in order."""

    configured: Sequence[Association]

    def identities(self, attributes: ResourceAttributes, address: str) -> Iterator[Identity]:
        """Yield what to look for; `address` is that of the connection. Of configured ways only the first with all its values."""
        if not self.configured:
            yield from _by_default(attributes, address)
            return
        for association in self.configured:
            identity = tuple(_value(source, attributes, address) for source in association.sources)
            if all(value for _, value in identity):
                yield identity
                return


def _value(source: AssociationSource, attributes: ResourceAttributes, address: str) -> tuple[str, str]:
    if source.source == CONNECTION:
        return CONNECTION, address
    return source.name, attributes.get(source.name)


def _by_default(attributes: ResourceAttributes, address: str) -> Iterator[Identity]:
    for name in ("k8s.pod.ip", "ip"):
        if text := attributes.get(name):
            yield ((name, text),)
            return
    if address:
        yield ((CONNECTION, address),)
    if is_address(text := attributes.get("host.name")):
        yield (("host.name", text),)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
