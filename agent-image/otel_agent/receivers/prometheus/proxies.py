"""Which proxy a URL is reached through. Pure, but for the environment where the settings ask for it."""

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from otel_agent.receivers.prometheus.settings.http_client import PromHttpClient


def choose_proxy(client: PromHttpClient, url: str) -> str | None:
    """Return the configured proxy unless no_proxy has the host, or that of the environment if asked for."""
    parts = urlsplit(url)
    if client.proxy_url:
        return None if exempt(parts.hostname or "", parts.port, client.no_proxy) else client.proxy_url
    if client.proxy_from_environment and not proxy_bypass(parts.netloc):
        return getproxies().get(parts.scheme)
    return None


def exempt(host: str, port: int | None, no_proxy: str) -> bool:
    """Whether a list of hosts, domains, addresses and networks, each perhaps with a port, has the host (Go's httpproxy)."""
    return any(_matches(host.lower(), port, entry.strip().lower()) for entry in no_proxy.split(",") if entry.strip())


def _matches(host: str, port: int | None, entry: str) -> bool:
    if entry == "*":
        return True
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit() and (":" not in name or name.startswith("[")):
        if port != int(wanted):
            return False
        entry = name.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        domain = entry.removeprefix("*").removeprefix(".")
        return host.endswith(f".{domain}") or (host == domain and not entry.startswith((".", "*.")))
