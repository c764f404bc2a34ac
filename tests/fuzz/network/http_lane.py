"""One HTTP/1.1 connection that pipelines requests and reads their answers, with nothing between it and the bytes."""

import socket

from tests.fuzz.network.mutant import CLOSED, Mutant

SECONDS = 60.0
"""A read that takes longer is a fault: an answer is missing."""


class HttpLane:
    """A connection, opened when there is something to send.

    With `again`, the server may close after any answer, and what it has not answered is sent again.
    """

    def __init__(self, port: int, again: bool = False) -> None:
        self._port = port
        self._again = again
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._sent: list[Mutant] = []

    def send(self, mutants: list[Mutant]) -> None:
        """Send requests; those that go alone wait in `answers` until all others are answered."""
        self._sent = mutants
        self._write(b"".join(mutant.wire for mutant in mutants if not mutant.alone))

    def answers(self) -> list[int]:
        """Return the statuses of what was sent, in order."""
        found = []
        fresh = False
        for number, mutant in enumerate(self._sent):
            if mutant.alone:
                self._write(mutant.wire, mutant.half_close)
            status = self._answer(mutant)
            if status == CLOSED and self._again and not fresh and not mutant.alone:
                self.close()
                self._write(b"".join(later.wire for later in self._sent[number:] if not later.alone))
                status = self._answer(mutant)
                fresh = True
            else:
                fresh = False
            found.append(status)
            if mutant.alone:
                self.close()
        return found

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""

    def _write(self, data: bytes, half_close: bool = False) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(data)
            if half_close:
                self._socket.shutdown(socket.SHUT_WR)
        except OSError:  # ENOTCONN, from shutdown, is no ConnectionError
            pass  # answered and closed before all was sent: the answer may be there

    def _answer(self, mutant: Mutant) -> int:
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if not self._more():
                    return CLOSED
                continue
            head = self._buffer[:end].lower()
            status = int(head[9:12])
            self._buffer = self._buffer[end + 4 :]
            if status >= 200:
                break
        if not mutant.bodiless and status != 204:
            self._skip_body(head)
        return status

    def _skip_body(self, head: bytes) -> None:
        at = head.find(b"\r\ncontent-length:")
        if at < 0:
            raise AssertionError(f"an answer without a length: {head!r}")
        size = int(head[at + 17 : at + 37].split(b"\r\n", 1)[0])
        while len(self._buffer) < size:
            if not self._more():
                raise AssertionError(f"an answer whose body is cut off: {head!r}")
        self._buffer = self._buffer[size:]

    def _more(self) -> bool:
        assert self._socket is not None
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            return False
        self._buffer += data
        return bool(data)
