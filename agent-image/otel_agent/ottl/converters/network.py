"""CommunityID, IsInCIDR: addresses of the internet protocol."""

import base64
import hashlib
import ipaddress
from collections.abc import Mapping
from functools import lru_cache

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value

_PROTOCOLS = {"ICMP": 1, "TCP": 6, "UDP": 17, "RSVP": 46, "ICMP6": 58, "SCTP": 132}
_KEPT_NETWORKS = 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _address(text: str) -> Address | None:
    """Read an address without a zone; one of IPv4 written as IPv6 is of IPv4."""
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


@lru_cache(_KEPT_NETWORKS)
def _network(text: str) -> Network:
    address, slash, length = text.partition("/")
    if not slash or "%" in address or not (length.isascii() and length.isdigit()) or len(length) > 3:
        raise ValueError(f"{text!r} is no network; write 10.0.0.0/8")
    network = ipaddress.ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        return ipaddress.IPv4Network((mapped, network.prefixlen - 96))
    return network


def is_in_cidr(target: str, networks: list[str]) -> bool:
    """Whether the address lies in one of the networks; what is no address lies in none."""
    address = _address(target)
    if address is None:
        return False
    try:
        return any(address in _network(network) for network in networks)
    except ValueError as error:
        raise EvaluationError(f"IsInCIDR: {error}") from error


def _check_networks(literals: Mapping[str, Value]) -> None:
    for network in literals.get("networks", ()):
        _network(network)


def community_id(source_ip: str, source_port: int, destination_ip: str, destination_port: int, protocol: str, seed: int) -> str:
    """Return the Community ID (version 1) of a flow: the same for both directions."""
    ends = [_end("source", source_ip, source_port), _end("destination", destination_ip, destination_port)]
    number = _PROTOCOLS.get(protocol)
    if number is None:
        raise EvaluationError(f"CommunityID: unknown protocol {protocol!r}; known: {', '.join(_PROTOCOLS)}")
    if not 0 <= seed <= 0xFFFF:
        raise EvaluationError(f"CommunityID: the seed is from 0 to 65535, not {seed}")
    (one, one_port), (other, other_port) = sorted(ends, key=lambda end: (len(end[0]), *end))
    ports = one_port.to_bytes(2) + other_port.to_bytes(2)
    flow = seed.to_bytes(2) + one + other + bytes((number, 0)) + ports
    return "1:" + base64.b64encode(hashlib.sha1(flow, usedforsecurity=False).digest()).decode()


def _end(side: str, ip: str, port: int) -> tuple[bytes, int]:
    if not 0 <= port <= 0xFFFF:
        raise EvaluationError(f"CommunityID: the {side} port is from 0 to 65535, not {port}")
    address = _address(ip)
    if address is None:
        raise EvaluationError(f"CommunityID: the {side} {ip[:64]!r} is no IP address")
    return address.packed, port


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "IsInCIDR",
        (Parameter("target", Kind.STRING), Parameter("networks", Kind.STRING, listed=True)),
        is_in_cidr,
        check=_check_networks,
    ),
    Function(
        "CommunityID",
        (
            Parameter("source_ip", Kind.STRING),
            Parameter("source_port", Kind.INT),
            Parameter("destination_ip", Kind.STRING),
            Parameter("destination_port", Kind.INT),
            Parameter("protocol", Kind.STRING, optional=True, default="TCP"),
            Parameter("seed", Kind.INT, optional=True, default=0),
        ),
        community_id,
    ),
)
