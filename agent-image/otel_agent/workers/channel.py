"""Messages between the supervisor and a worker, over a pair of connected sockets that nobody else can reach."""

import asyncio
import pickle
import socket
import struct

from otel_agent.workers.messages import FromWorker, ToWorker

_LENGTH = struct.Struct(">I")
_MOST = 256 * 1024 * 1024
"""Bytes; a configuration is far smaller."""


class Channel:
    """One end. The other is a process with the same code, so pickled objects are what they say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, connected: socket.socket) -> "Channel":
        """Take over a connected socket."""
        connected.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=connected))

    def send(self, message: ToWorker | FromWorker) -> None:
        """Send, without waiting for the other end; nothing happens when it has gone."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        if not self._writer.is_closing():
            self._writer.write(_LENGTH.pack(len(data)) + data)

    async def sent(self) -> None:
        """Wait until the other end has taken most of what was sent, or has gone."""
        try:
            await self._writer.drain()
        except OSError:
            return

    async def receive(self) -> ToWorker | FromWorker | None:
        """Return the next message; None when the other end has gone."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            if length > _MOST:
                return None
            message: ToWorker | FromWorker = pickle.loads(await self._reader.readexactly(length))  # noqa: S301 (see the class)
        except (asyncio.IncompleteReadError, OSError):
            return None
        return message

    async def close(self) -> None:
        """Send what is left and hang up. Idempotent."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return
