"""A TCP relay that tells what went through it: how many bytes a sender wrote, and with what each connection began."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

HTTP2 = b"PRI * HTTP/2.0"
TLS_HANDSHAKE = b"\x16"
_PIECE = 64 * 1024
_FIRST = 64


class Relay:
    """Context manager: listens on `port` of 127.0.0.1 and hands every connection on to one of `targets`, to each in turn.

    Where nobody listens on a target's port, its connections are hung up, as those to a Service whose endpoint has just died.
    A closed relay hangs up at once instead, but for the time in which it is `opened`.
    """

    def __init__(self, *targets: int, closed: bool = False) -> None:
        self._targets = itertools.cycle(targets)
        self._closed = threading.Event()
        if closed:
            self._closed.set()
        self.sent = 0
        self.beginnings: list[bytes] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close(self._listener)
        self._hang_up()
        for thread in self._threads:
            thread.join()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let connections through; those that are there at the end are cut."""
        self._closed.clear()
        try:
            yield
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            self._closed.set()
            connections = list(self._open)
        for connection in connections:
            self._close(connection)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sender, _ = self._listener.accept()
                self._spawn(self._serve, sender)

    def _serve(self, sender: socket.socket) -> None:
        with sender:
            if self._closed.is_set():
                return
            with self._lock:
                target = next(self._targets)
            try:
                receiver = socket.create_connection(("127.0.0.1", target))
            except OSError:
                return
            with receiver:
                with self._lock:
                    # Else whoever closes the relay would not know of this connection.
                    if self._closed.is_set():
                        return
                    self._open |= {sender, receiver}
                back = threading.Thread(target=self._back, args=(receiver, sender), daemon=True)
                back.start()
                self._forth(sender, receiver)
                back.join()
                with self._lock:
                    self._open -= {sender, receiver}

    def _forth(self, sender: socket.socket, receiver: socket.socket) -> None:
        first = True
        with suppress(OSError):
            while piece := sender.recv(_PIECE):
                with self._lock:
                    self.sent += len(piece)
                    if first:
                        self.beginnings.append(piece[:_FIRST])
                        first = False
                receiver.sendall(piece)
        with suppress(OSError):
            receiver.shutdown(socket.SHUT_WR)

    def _back(self, receiver: socket.socket, sender: socket.socket) -> None:
        with suppress(OSError):
            while piece := receiver.recv(_PIECE):
                sender.sendall(piece)
        self._close(sender)

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    @staticmethod
    def _close(connection: socket.socket) -> None:
        # Closing alone does not wake a thread that waits on the socket.
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        if connection.fileno() != -1:
            connection.close()
