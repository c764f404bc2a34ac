"""A TCP door before a destination, which can be shut, slow, or slammed in the middle of a word; the same for every protocol."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from random import Random

_PART = 16_384
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends a reset."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How connections are treated."""

    bytes_per_second: float = 0.0
    """Of what goes in, of one connection; 0 is no limit."""
    reset_after: int = 0
    """Bytes of requests, at most, after which a connection is reset; 0 is never."""
    reset_answers_after: int = 0
    """The same of answers."""
    stop_reading_after: int = 0
    """Bytes, at most, that are read of a connection, which is then held open in silence for a while and reset; 0 is never."""


OPEN = Manner()
_SILENCE_SECONDS = 1.0


class Door:
    """Forwards connections of one port to another one."""

    def __init__(self, port: int, inner: int, dice: Random) -> None:
        self._port = port
        self._inner = inner
        self._dice = dice
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.manner = OPEN
        self.opened = 0
        """Connections so far."""

    async def open(self, manner: Manner = OPEN) -> None:
        """Take connections, and treat them so from now on."""
        self.manner = manner
        if self._server is None:
            self._server = await asyncio.start_server(self._enter, "127.0.0.1", self._port)

    async def shut(self) -> None:
        """Refuse connections and reset those there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)  # what was accepted in this moment has its task, but that has not begun
        await self.reset()

    async def reset(self) -> None:
        """Reset all connections."""
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._forward(reader, inner_writer, inward=True))
                    group.create_task(self._forward(inner_reader, writer, inward=False))
            finally:
                _slam(inner_writer)
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # the end of a connection, which is all that a door knows
        finally:
            self._connections.discard(task)
            _slam(writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, inward: bool) -> None:
        """Copy until the end, which ends the other direction as well."""
        manner = self.manner
        limit = manner.reset_after if inward else manner.reset_answers_after
        most = self._dice.randint(1, limit) if limit else 0
        read_most = self._dice.randint(1, manner.stop_reading_after) if manner.stop_reading_after and inward else 0
        copied = 0
        while data := await reader.read(_PART):
            copied += len(data)
            if manner is not self.manner:
                break
            if read_most and copied > read_most:
                await asyncio.sleep(_SILENCE_SECONDS)
                break
            if most and copied > most:
                writer.write(data[: max(most - copied, 0)])
                break
            if manner.bytes_per_second and inward:
                await asyncio.sleep(len(data) / manner.bytes_per_second)
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


def _slam(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
