"""Whether something can listen at an address now."""

import socket

from otel_agent.config.blocks.listen_address import Address, UnixAddress


def why_not_listening(address: Address) -> str:
    """Return the system's reason for which nothing can listen at `address` now; empty when there is none."""
    if isinstance(address, UnixAddress):
        return ""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address.host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        return error.strerror or str(error)
    return ""
