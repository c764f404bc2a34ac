"""An HTTP/2 server that answers with whatever frames a test wants, where a gRPC library would not."""

import asyncio
import struct
from collections.abc import Callable
from typing import Any

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
GRPC = {":status": "200", "content-type": "application/grpc"}
SUCCESS: list[Any] = [GRPC, b"", {"grpc-status": "0"}]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One HTTP/2 frame."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def goaway(last: int, code: int = 0) -> bytes:
    """Say that streams behind `last` were not looked at."""
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


def reset(stream: int, code: int) -> bytes:
    """End a stream."""
    return frame(RESET, 0, stream, struct.pack(">I", code))


def fields(pairs: dict[str, str]) -> bytes:
    """A header block of literals (RFC 7541, 6.2.2)."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in pairs.items())


def message(body: bytes, *, packed: bool = False) -> bytes:
    """A gRPC message."""
    return bytes([packed]) + struct.pack(">I", len(body)) + body


def answer(stream: int, parts: list[Any]) -> bytes:
    """Frames of a response: dicts are header blocks, bytes are a message, `(bytes,)` is DATA as it stands; the last ends it."""
    found = b""
    for number, part in enumerate(parts):
        end = END_STREAM if number == len(parts) - 1 else 0
        if isinstance(part, dict):
            found += frame(HEADERS, END_HEADERS | end, stream, fields(part))
        else:
            found += frame(DATA, end, stream, part[0] if isinstance(part, tuple) else message(part))
    return found


def _text(text: str) -> bytes:
    raw = text.encode()
    assert len(raw) < 127
    return bytes([len(raw)]) + raw


class RawServer:
    """Greets, reads requests, and writes what `script` returns for each; None closes the connection."""

    def __init__(self) -> None:
        self.script: Callable[[int], bytes | None] = lambda stream: answer(stream, SUCCESS)
        self.greeting = frame(SETTINGS, 0, 0)
        self.silent = False
        self.hangs_up = False
        self.connections = 0
        self.requests = 0
        self.pings = 0
        self.resets: list[int] = []
        self.answers_pings = True
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self, port: int = 0) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the socket and all connections."""
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            if self.silent:
                await reader.read()
                return
            writer.write(self.greeting)
            if self.hangs_up:
                return
            await reader.readexactly(len(PREFACE))
            while True:
                head = await reader.readexactly(9)
                size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
                stream, payload = int.from_bytes(head[5:], "big"), await reader.readexactly(size)
                if not self._take(writer, kind, flags, stream, payload):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _take(self, writer: asyncio.StreamWriter, kind: int, flags: int, stream: int, payload: bytes) -> bool:
        if kind == SETTINGS and not flags & ACK:
            writer.write(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.pings += 1
            if self.answers_pings:
                writer.write(frame(PING, ACK, 0, payload))
        elif kind == RESET:
            self.resets.append(int.from_bytes(payload, "big"))
        elif kind in (DATA, HEADERS) and flags & END_STREAM:
            self.requests += 1
            found = self.script(stream)
            if found is None:
                return False
            writer.write(found)
        return True
