"""The supervisor's side of the nursery: orders workers, and learns of their ends."""

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass

_MESSAGE = 4096


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker's process ended: `code` is negative for a signal."""

    number: int
    pid: int
    code: int
    cpu_seconds: float


class Births:
    """Serves one supervisor. `on_end` is called for every process that ends, `on_loss` when the nursery itself has gone."""

    def __init__(self, orders: socket.socket, on_end: Callable[[Ended], None], on_loss: Callable[[], None]) -> None:
        self._orders = orders
        self._on_end = on_end
        self._on_loss = on_loss
        self.lost = False
        """Whether the nursery has ended: then nobody reports ends any more."""
        self._started: dict[int, asyncio.Future[int]] = {}
        orders.setblocking(False)

    def open(self) -> None:
        """Begin to listen."""
        asyncio.get_running_loop().add_reader(self._orders.fileno(), self._read)

    def close(self) -> None:
        """Let the nursery end. Idempotent."""
        if self._orders.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._orders.fileno())
            self._orders.close()

    async def start(self, number: int, messages: socket.socket, ports: socket.socket) -> int:
        """Have a worker made that gets these ends of two socket pairs, which are closed here; return its process id."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._started[number] = future
        try:
            socket.send_fds(self._orders, [json.dumps({"start": number}).encode()], [messages.fileno(), ports.fileno()])
            return await future
        finally:
            messages.close()
            ports.close()

    def kill(self, pid: int) -> None:
        """End a worker at once, if it still runs."""
        try:
            self._orders.send(json.dumps({"kill": pid}).encode())
        except OSError:
            self._lost()

    def _read(self) -> None:
        try:
            data = self._orders.recv(_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        said = json.loads(data)
        if "started" in said:
            future = self._started.pop(said["started"])
            if not future.done():
                future.set_result(said["pid"])
        else:
            self._on_end(Ended(said["ended"], said["pid"], said["code"], said["cpu"]))

    def _lost(self) -> None:
        self.lost = True
        self.close()
        for future in self._started.values():
            if not future.done():
                future.set_exception(ConnectionError("the process that makes workers has ended"))
        self._on_loss()
