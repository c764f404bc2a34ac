"""Endpoint strings: the port in one, and one completed by a default port.

Endpoints may hold environment references (`${env:POD_IP}:4317`) whose values are not known here.
"""

import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv6Address
from typing import Any

ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - a container's port is reached from outside it, as the Go operator has it
_PORT = re.compile(r":(\d{1,9})(?=$|[/?}])")


def port_of(endpoint: object) -> int | None:
    """Return the port that `endpoint` ends in (a path may follow), None where it names none.

    The number is not checked for its range.
    """
    if not isinstance(endpoint, str) or _is_ipv6(endpoint):
        return None
    found = _PORT.findall(endpoint)
    return int(found[-1]) if found else None


def listening_port(settings: Mapping[str, Any], default: int | None) -> int | None:
    """Return the port of `endpoint`, else of `listen_address`, else `default`."""
    for key in ("endpoint", "listen_address"):
        port = port_of(settings.get(key))
        if port is not None:
            return port
    return default


def completed(endpoint: str, default: int) -> str:
    """Return `endpoint` with host and port: `:4317` and `4317` listen on any address, `localhost` gets the default port.

    What cannot be told apart without running (an environment reference that may be host or port, a socket path) is returned
    as it is.
    """
    if not endpoint:
        return f"{ANY_ADDRESS}:{default}"
    if endpoint.startswith(":"):
        return ANY_ADDRESS + endpoint if endpoint.count(":") == 1 else endpoint
    if endpoint.isdecimal():
        return f"{ANY_ADDRESS}:{endpoint}"
    portless = ":" not in endpoint or (endpoint.startswith("[") and endpoint.endswith("]"))
    opaque = "$" in endpoint or "/" in endpoint
    return f"{endpoint}:{default}" if portless and not opaque else endpoint


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
