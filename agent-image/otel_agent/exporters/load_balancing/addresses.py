"""Spellings of backends. Pure."""

DEFAULT_PORT = 4317


def with_port(endpoint: str) -> str:
    """Return an endpoint with the port that backends listen on unless it says another; a scheme before it stays."""
    scheme, separator, address = endpoint.rpartition("://")
    host, colon, port = address.rpartition(":")
    named = bool(colon) and port.isdigit() and not (":" in host and not host.endswith("]"))
    return endpoint if named else f"{scheme}{separator}{bracketed(address)}:{DEFAULT_PORT}"


def bracketed(host: str) -> str:
    """Return a host as it stands before a port: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
