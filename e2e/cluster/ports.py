"""Picks free loopback ports that no outgoing connection can take meanwhile."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

# Below the kernel's ephemeral range, so that a port stays free while its server restarts.
LOWEST, HIGHEST = 20000, 32000
_TRIES = 500


def free_ports(count: int) -> list[int]:
    """Return ``count`` different TCP ports on 127.0.0.1 that could all be bound at once; OSError when there are none."""
    ports: list[int] = []
    with ExitStack() as held:
        for _ in range(_TRIES):
            if len(ports) == count:
                return ports
            candidate = random.randint(LOWEST, HIGHEST)
            probe = held.enter_context(socket.socket())
            # As the servers do: a connection in TIME_WAIT is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
                probe.listen(1)  # without it a second socket may be bound to the same port, here and in another process
            except OSError:
                continue
            ports.append(candidate)
    raise OSError(f"no {count} free ports on 127.0.0.1 between {LOWEST} and {HIGHEST}")
