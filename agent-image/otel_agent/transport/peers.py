"""Peer names of gRPC as plain addresses."""

from urllib.parse import unquote


def address_of_peer(peer: str) -> str:
    """`ipv4:10.0.0.1:80` to `10.0.0.1`, `ipv6:%5B::1%5D:80` to `::1`; others (unix sockets) unchanged."""
    family, _, rest = peer.partition(":")
    if family == "ipv4":
        return rest.rpartition(":")[0]
    if family == "ipv6":
        return unquote(rest).rpartition(":")[0].removeprefix("[").removesuffix("]")
    return peer
