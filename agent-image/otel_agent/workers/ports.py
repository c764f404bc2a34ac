"""The supervisor's side of shared ports: binds a socket for each worker that listens on an address, and keeps it.

Connections that the kernel has given to a socket wait in it; because the supervisor holds it too, they survive the end of the
worker and are taken by its successor. A socket that no worker listens on any more is closed.
"""

import asyncio
import errno
import json
import os
import socket
from collections.abc import Collection
from dataclasses import dataclass, field

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.transport.listen import BACKLOG, listening_sockets

_MESSAGE = 4096
Place = tuple[TcpAddress, int]
"""An address, and which of several receivers that let the system choose a port."""


@dataclass(slots=True)
class _Port:
    number: int
    sockets: dict[int, list[socket.socket]] = field(default_factory=dict)
    """By worker."""


class Ports:
    """All shared sockets of a collector."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._ports: dict[Place, _Port] = {}
        self._closed = False
        self._turn = asyncio.Lock()

    async def take(
        self, worker: int, place: Place, *, everywhere: bool = False, taken: Collection[Place] = ()
    ) -> list[socket.socket]:
        """Return the sockets of a worker for an address: those that it or its predecessor had, or new ones; OSError.

        With `everywhere`, all workers are about to listen there, and all sockets begin to at once: clients that come before
        the last worker has started would all stay with the first. `taken` is where the worker listens besides.
        """
        address, _ = place
        async with self._turn:
            if self._closed:
                raise OSError("the collector is stopping")
            port = self._ports.get(place)
            if port is not None and worker in port.sockets:
                return port.sockets[worker]
            if port is None and not self._moves_to(address.port, taken):
                # Without sharing: that fails when another program listens there, though it would share.
                for probe in await listening_sockets(address.host, address.port):
                    probe.close()
            for number in range(self._workers) if everywhere else [worker]:
                if port is None or number not in port.sockets:
                    opened = await listening_sockets(address.host, port.number if port else address.port, reuse_port=True)
                    port = port or self._ports.setdefault(place, _Port(opened[0].getsockname()[1]))
                    port.sockets[number] = opened
            assert port is not None
            if everywhere:
                for one in (one for sockets in port.sockets.values() for one in sockets):
                    one.listen(BACKLOG)
            return port.sockets[worker]

    def _moves_to(self, port: int, taken: Collection[Place]) -> bool:
        """Whether others still listen at other addresses of a port that the asking worker has left.

        Going over from localhost to all addresses, the first to do so finds that, and nobody could bind without sharing.
        """
        held = any(address.port == port for address, _ in self._ports)
        return port != 0 and held and all(address.port != port for address, _ in taken)

    def release(self, worker: int, place: Place) -> None:
        """Close a worker's sockets: it listens there no longer."""
        port = self._ports.get(place)
        if port is not None:
            _close(port.sockets.pop(worker, []))
            if not port.sockets:
                del self._ports[place]

    def held_by(self, worker: int) -> set[Place]:
        """Places that a worker listens at."""
        return {place for place, port in self._ports.items() if worker in port.sockets}

    def close(self) -> None:
        """Keep nothing any more: what workers close now is closed."""
        self._closed = True
        for port in self._ports.values():
            for sockets in port.sockets.values():
                _close(sockets)
        self._ports.clear()

    async def serve(self, worker: int, connected: socket.socket, taken: set[Place]) -> None:
        """Answer one worker process until it ends; `taken` notes what it listens at."""
        loop = asyncio.get_running_loop()
        connected.setblocking(False)
        try:
            while data := await loop.sock_recv(connected, _MESSAGE):
                asked = json.loads(data)
                host, port, turn = asked["place"]
                place = (TcpAddress(host, port), turn)
                if asked["do"] == "release":
                    taken.discard(place)
                    self.release(worker, place)
                    continue
                try:
                    if place in taken:
                        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
                    sockets = await self.take(worker, place, everywhere=asked["everywhere"], taken=taken)
                except OSError as error:
                    answer = {"errno": error.errno, "text": error.strerror or str(error)}
                    connected.send(json.dumps(answer).encode())
                else:
                    taken.add(place)
                    socket.send_fds(connected, [b"{}"], [one.fileno() for one in sockets])
        except OSError:
            return  # the worker has gone
        finally:
            connected.close()


def _close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()
