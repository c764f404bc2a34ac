"""Listening sockets of a receiver: its own, or this worker's share of a port that several workers listen on.

Shared sockets are bound and kept by the supervising process, so that connections which wait for a worker survive its crash.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.transport.listen import listening_sockets


@dataclass(frozen=True, slots=True)
class Listeners:
    """Bound sockets, on which the caller has to listen; they are the caller's to close."""

    sockets: list[socket.socket]
    release: Callable[[], None]
    """To be called when the caller no longer listens."""

    @property
    def port(self) -> int:
        """The bound port."""
        return int(self.sockets[0].getsockname()[1])


class Source(Protocol):
    """Where a worker gets its shared sockets."""

    async def open(self, address: TcpAddress, *, everywhere: bool) -> Listeners:
        """Return this worker's sockets for an address; OSError as from binding."""
        ...


class _Process:
    """What is the same for all receivers of this process."""

    source: Source | None = None


def share_ports(source: Source | None) -> None:
    """Get sockets from there from now on; None to bind them here."""
    _Process.source = source


def ports_are_shared() -> bool:
    """Whether other workers listen on the same ports."""
    return _Process.source is not None


async def open_listeners(address: TcpAddress, *, everywhere: bool = False) -> Listeners:
    """Return bound sockets for an address; OSError. `everywhere` says that every worker is about to listen there."""
    if _Process.source is not None:
        return await _Process.source.open(address, everywhere=everywhere)
    return Listeners(await listening_sockets(address.host, address.port), lambda: None)
