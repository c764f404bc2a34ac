"""A worker's way to its shared sockets: asks the supervisor, which binds and keeps them."""

import asyncio
import functools
import json
import os
import socket
from collections import Counter

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.transport.sharing import Listeners

_MESSAGE = 4096
_MOST_SOCKETS = 64
"""A name does not stand for more addresses."""
_SECONDS = 30.0


class SharedPorts:
    """A `Source` over one end of a socket pair."""

    def __init__(self, ports: socket.socket) -> None:
        self._ports = ports
        self._ports.settimeout(_SECONDS)
        self._turn = asyncio.Lock()
        self._held: Counter[TcpAddress] = Counter()

    async def open(self, address: TcpAddress, *, everywhere: bool) -> Listeners:
        """Return this worker's sockets for an address; OSError as from binding.

        With port 0, which lets the system choose, the first receiver of every worker gets one port, the second another.
        """
        async with self._turn:
            turn = self._held[address] if address.port == 0 else 0
            sockets = await asyncio.to_thread(self._ask, address, turn, everywhere)
            self._held[address] += 1
        return Listeners(sockets, functools.partial(self._release, address, turn))

    def _ask(self, address: TcpAddress, turn: int, everywhere: bool) -> list[socket.socket]:
        place = [address.host, address.port, turn]
        self._ports.send(json.dumps({"do": "take", "place": place, "everywhere": everywhere}).encode())
        data, descriptors, _, _ = socket.recv_fds(self._ports, _MESSAGE, _MOST_SOCKETS)
        if not data:
            raise OSError("the supervisor has gone")
        answer = json.loads(data)
        if "errno" in answer:
            number = answer["errno"]
            raise OSError(number, answer["text"] or os.strerror(number or 0))
        return [socket.socket(fileno=descriptor) for descriptor in descriptors]

    def _release(self, address: TcpAddress, turn: int) -> None:
        self._held[address] -= 1
        try:
            self._ports.send(json.dumps({"do": "release", "place": [address.host, address.port, turn]}).encode())
        except OSError:
            return  # the supervisor has gone, and its sockets with it
