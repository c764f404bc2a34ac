"""A raw connection to a receiver, and what it costs."""

import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

from otel_agent.receivers.otlp.receiver import OtlpReceiver
from tests.fuzz.network import frames

MIB = 2**20
GROWTH = 48 * MIB
"""What a test may leave or take: far below what any of the floods would need if it were kept."""


def memory() -> int:
    """Resident bytes of this process, which is server and client here."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def port_of(receiver: OtlpReceiver) -> int:
    [server] = receiver.servers.values()
    return server.port


def descriptors() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


class Wire:
    """A raw connection; a fixture closes what tests leave open."""

    opened: ClassVar[list["Wire"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, receiver: OtlpReceiver, sent: bytes = b"") -> "Wire":
        """Connect and send."""
        wire = cls(*await asyncio.open_connection("127.0.0.1", port_of(receiver)))
        cls.opened.append(wire)
        wire.writer.write(sent)
        return wire

    async def end(self, seconds: float = 20) -> bytes:
        """Return what comes until the other end closes."""
        try:
            async with asyncio.timeout(seconds):
                return await self.reader.read()
        except ConnectionError:
            return b""
        finally:
            self.writer.close()

    async def frames(self, seconds: float = 20) -> AsyncIterator[tuple[int, int, int, bytes]]:
        """Yield kind, flags, stream and payload of what comes."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    head = await self.reader.readexactly(9)
                    payload = await self.reader.readexactly(int.from_bytes(head[:3], "big"))
                except (asyncio.IncompleteReadError, ConnectionError):
                    return
                yield head[3], head[4], int.from_bytes(head[5:], "big"), payload

    async def goaway(self) -> int | None:
        """Read to the end; return the error code of the last GOAWAY, None when a reset overtook it."""
        code = None
        async for kind, _, _, payload in self.frames():
            if kind == frames.GOAWAY:
                code = int.from_bytes(payload[4:8], "big")
        self.writer.close()
        return code

    async def pushed(self, data: bytes, most: int) -> tuple[int, bytes]:
        """Send `data` again and again until the other end answers or closes, or `most` bytes are gone.

        Return how many bytes the socket took, and the first line of the answer, empty when a reset overtook it.
        """
        sent = 0
        answered = asyncio.create_task(self.reader.readline())
        try:
            while sent < most and not answered.done():
                self.writer.write(data)
                await asyncio.wait({asyncio.ensure_future(self.writer.drain()), answered}, return_when=asyncio.FIRST_COMPLETED)
                sent += len(data)
            return sent, await asyncio.wait_for(answered, 20)
        except ConnectionError:
            return sent, b""
        finally:
            answered.cancel()
            self.writer.transport.abort()
