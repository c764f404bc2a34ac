"""One HTTP/2 connection that sends gRPC calls, many at a time, and reads their answers from the frames.

It tells the server to keep no table of headers, so that an answer's header block says the same each time and is decoded once.
"""

import contextlib
import socket
import struct
from collections import OrderedDict

from hpack import Decoder

from tests.fuzz.network import frames
from tests.fuzz.network.frames import PREFACE, frame, settings
from tests.fuzz.network.mutant import CLOSED, Mutant

SECONDS = 20.0
_WINDOW = 2**31 - 1
_PART = 16_384
_KEPT = 512
_LAST_PING = b"the last"


class GrpcLane:
    """A connection, opened when there is something to send."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._sent: list[Mutant] = []
        self._blocks: OrderedDict[bytes, dict[bytes, bytes]] = OrderedDict()
        self._open()

    def send(self, mutants: list[Mutant]) -> None:
        """Send calls; those that go alone wait in `answers` until all others are answered."""
        self._sent = mutants
        if self._socket is None:
            self._connect()
        self._answers.clear()
        self._first = self._stream
        wire = bytearray()
        for mutant in mutants:
            if not mutant.alone:
                self._call(mutant, wire)
        self._write(bytes(wire))

    def answers(self) -> list[int]:
        """Return the gRPC statuses of what was sent, in order; HTTP's where it is not 200."""
        together = sum(not mutant.alone for mutant in self._sent)
        while len(self._answers) < together and self._read():
            pass
        found = [self._answers.get(self._first + 2 * number, CLOSED) for number in range(together)]
        for mutant in self._sent:
            if mutant.alone:
                found.append(self._alone(mutant))
        return found

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
        self._open()

    def _open(self) -> None:
        self._socket = None
        self._buffer = bytearray()
        self._stream = 1
        self._first = 1
        self._answers: dict[int, int] = {}
        self._statuses: dict[int, int] = {}
        self._window = 65_535
        self._initial = 65_535
        self._windows: dict[int, int] = {}
        self._ponged = False

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        greeting = settings(header_table_size=0, enable_push=0, initial_window=1 << 20)
        self._write(PREFACE + greeting + frame(frames.WINDOW_UPDATE, 0, 0, struct.pack(">I", _WINDOW - 65_535)))

    def _alone(self, mutant: Mutant) -> int:
        if not mutant.chunks:
            wire = bytearray()
            stream = self._stream
            self._call(mutant, wire)
            self._write(bytes(wire))
            while stream not in self._answers and self._read():
                pass
            return self._answers.get(stream, CLOSED)
        self.close()
        self._connect()
        self._write(b"".join(mutant.chunks))
        # A server that goes on answers this; one that does not ends the connection.
        self._write(frame(frames.PING, 0, 0, _LAST_PING))
        while 1 not in self._answers and not self._ponged and self._read():
            pass
        if self._ponged and 1 not in self._answers and CLOSED not in mutant.expected:
            while 1 not in self._answers and self._read():
                pass
        status = self._answers.get(1, CLOSED)
        self.close()
        return status

    def _call(self, mutant: Mutant, wire: bytearray) -> None:
        stream = self._stream
        self._stream += 2
        wire += frame(frames.HEADERS, frames.END_HEADERS | (0 if mutant.wire else frames.END_STREAM), stream, mutant.headers)
        rest = memoryview(mutant.wire)
        if len(rest) <= min(_PART, self._window, self._initial):
            if rest:
                self._window -= len(rest)
                wire += frame(frames.DATA, frames.END_STREAM, stream, mutant.wire)
            return
        self._windows[stream] = self._initial
        while rest and stream not in self._answers:
            size = min(_PART, len(rest), self._window, self._windows[stream])
            if size <= 0:
                self._write(bytes(wire))
                wire.clear()
                if not self._read():
                    return
                continue
            self._window -= size
            self._windows[stream] -= size
            wire += frame(frames.DATA, frames.END_STREAM if size == len(rest) else 0, stream, bytes(rest[:size]))
            rest = rest[size:]
        if rest:
            wire += frame(frames.RST_STREAM, 0, stream, b"\0\0\0\x08")
        del self._windows[stream]

    def _write(self, data: bytes) -> None:
        assert self._socket is not None
        with contextlib.suppress(ConnectionError):  # what it said before it closed may be there to read
            self._socket.sendall(data)

    def _read(self) -> bool:
        """Read what there is and handle its frames; False at the end of the connection."""
        assert self._socket is not None
        try:
            data = self._socket.recv(262_144)
        except ConnectionError:
            return False
        if not data:
            return False
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= 9:
            size = buffer[at] << 16 | buffer[at + 1] << 8 | buffer[at + 2]
            end = at + 9 + size
            if len(buffer) < end:
                break
            stream = int.from_bytes(buffer[at + 5 : at + 9], "big") & 0x7FFFFFFF
            self._handle(buffer[at + 3], buffer[at + 4], stream, bytes(buffer[at + 9 : end]))
            at = end
        del buffer[:at]
        return True

    def _handle(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == frames.HEADERS:
            fields = self._decoded(payload)
            if b"grpc-status" in fields:
                self._statuses[stream] = int(fields[b"grpc-status"])
            elif fields.get(b":status", b"200") != b"200":
                self._statuses[stream] = int(fields[b":status"])
            if flags & frames.END_STREAM:
                self._end(stream)
        elif kind == frames.DATA:
            if flags & frames.END_STREAM:
                self._end(stream)
        elif kind == frames.RST_STREAM:
            self._end(stream)
        elif kind == frames.WINDOW_UPDATE:
            more = int.from_bytes(payload, "big")
            if stream == 0:
                self._window += more
            elif stream in self._windows:
                self._windows[stream] += more
        elif kind == frames.SETTINGS and not flags & frames.ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack_from(">HI", payload, at)
                if name == frames.INITIAL_WINDOW:
                    for open_stream in self._windows:
                        self._windows[open_stream] += value - self._initial
                    self._initial = value
            self._write(frame(frames.SETTINGS, frames.ACK, 0))
        elif kind == frames.PING:
            if flags & frames.ACK:
                self._ponged = self._ponged or payload == _LAST_PING
            else:
                self._write(frame(frames.PING, frames.ACK, 0, payload))

    def _end(self, stream: int) -> None:
        if stream not in self._answers:
            self._answers[stream] = self._statuses.pop(stream, CLOSED)

    def _decoded(self, block: bytes) -> dict[bytes, bytes]:
        known = self._blocks.get(block)
        if known is None:
            decoder = Decoder()
            decoder.max_allowed_table_size = 0
            decoder.header_table_size = 0
            known = {bytes(name): bytes(value) for name, value in decoder.decode(block, raw=True)}
            self._blocks[block] = known
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        return known
