"""gRPC target names taken apart (gRPC Name Resolution), for the native client. Pure."""

from dataclasses import dataclass, field

_DEFAULT_PORT = 443
"""Of a target that names none, as in grpc-go."""


class UnsupportedTarget(Exception):
    """A target that only grpcio may know how to reach."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: hosts with their ports, or the path of a unix socket."""

    authority: str
    """What requests name as their server unless configured otherwise."""
    hosts: list[tuple[str, int]] = field(default_factory=list)
    unix: str = ""


def parse_target(target: str) -> Target:
    """Parse a gRPC target; `UnsupportedTarget` for what is none of these.

    `host:port`, `dns:///host:port`, `passthrough:///host:port`, `ipv4:a:p,b:p`, `ipv6:[a]:p,[b]:p`, `unix:path`, `unix:///path`.
    """
    scheme, colon, rest = target.partition(":")
    match scheme if colon else "":
        case "unix":
            path = rest.removeprefix("//")
            if not path:
                raise UnsupportedTarget(f'endpoint "{target}"')
            return Target("localhost", unix=path)
        case "dns" | "passthrough":
            return _of_hosts(target, [_without_authority(target, rest)])
        case "ipv4" | "ipv6":
            return _of_hosts(target, rest.split(","))
    return _of_hosts(target, [target])


def host_of(authority: str) -> str:
    """Return `host:port` without the port, and an IPv6 address without its brackets."""
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdigit():
        host = authority
    return host.removeprefix("[").removesuffix("]")


def _without_authority(target: str, rest: str) -> str:
    """Return what follows the slashes; between them, `dns:` can name a server to ask, which only grpcio may do."""
    if not rest.startswith("//"):
        return rest
    authority, slash, endpoint = rest[2:].partition("/")
    if authority or not slash:
        raise UnsupportedTarget(f'endpoint "{target}"')
    return endpoint


def _of_hosts(target: str, endpoints: list[str]) -> Target:
    hosts = []
    for endpoint in endpoints:
        host, port = host_of(endpoint), endpoint.rpartition(":")[2]
        if not host or "/" in endpoint:
            raise UnsupportedTarget(f'endpoint "{target}"')
        number = int(port) if port.isascii() and port.isdigit() and ":" in endpoint else _DEFAULT_PORT
        if not 0 < number <= 65535:
            raise UnsupportedTarget(f'endpoint "{target}": port {number}')
        hosts.append((host, number))
    return Target(endpoints[0], hosts=hosts)
