"""Whether the environment asks for a proxy between the exporter and its peer. Pure.

The variables are those that grpcio looks at, and HTTPS_PROXY, which the Go collector looks at (net/http's ProxyFromEnvironment).
"""

import ipaddress
from collections.abc import Mapping

_PROXIES = ("grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy")
_EXCEPTIONS = ("no_grpc_proxy", "no_proxy", "NO_PROXY")


def proxy_variable(host: str, environment: Mapping[str, str]) -> str | None:
    """Return the variable that names a proxy for a host (name or address), None to connect directly.

    The machine itself is always reached directly, and what no_proxy lists: names with all below them, addresses, networks, `*`.
    """
    name = next((name for name in _PROXIES if environment.get(name)), None)
    if name is None or _is_local(host):
        return None
    listed = next((environment[key] for key in _EXCEPTIONS if environment.get(key)), "")
    return None if any(_covers(entry.strip(), host) for entry in listed.split(",")) else name


def _is_local(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _covers(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    address = _address(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    domain = entry.lower().removeprefix("*").removeprefix(".")
    return bool(domain) and (host.lower() == domain or host.lower().endswith("." + domain))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
