"""Endpoints of servers as configurations write them, taken apart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host (empty is every address) and a port; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A socket in the file system."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


Address = TcpAddress | UnixAddress


def parse_endpoint(endpoint: str, transport: str = "tcp") -> Address:
    """Parse `host:port`, `:port`, `[v6]:port` or, with transport `unix` or a `unix:` prefix, a path.

    Raises ValueError that names the endpoint.
    """
    if transport == "unix" or endpoint.startswith("unix:"):
        path = endpoint.removeprefix("unix://").removeprefix("unix:")
        if not path:
            raise ValueError(f'endpoint "{endpoint}": a unix socket needs a path, such as /var/run/otlp.sock')
        return UnixAddress(path)
    host, colon, port = endpoint.rpartition(":")
    if not colon or host.startswith("[") != host.endswith("]"):
        raise ValueError(f'endpoint "{endpoint}" is not host:port, such as 0.0.0.0:4317')
    if ":" in host and not host.startswith("["):
        raise ValueError(f'endpoint "{endpoint}": an IPv6 address needs brackets, such as [::1]:4317')
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError(f'endpoint "{endpoint}": "{port[:16]}" is not a port number')
    return TcpAddress(host.removeprefix("[").removesuffix("]"), int(port))


def parse_tcp_endpoint(endpoint: str, transport: str = "tcp") -> TcpAddress:
    """Parse as `parse_endpoint` does, for servers that have no unix socket; ValueError for one."""
    address = parse_endpoint(endpoint, transport)
    if isinstance(address, UnixAddress):
        raise ValueError(f'endpoint "{endpoint}": this server has no unix socket; set host:port, such as localhost:1777')
    return address
