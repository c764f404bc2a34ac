"""How the host talks to the supervisor inside: a JSON line each way over a Unix socket in the state folder."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

from e2e.cluster.errors import ClusterError

Answer = dict[str, object]
MAX_LINE = 1 << 20
ASK_SECONDS = 120.0
_PATH_LIMIT = 107


def check_path(path: Path) -> None:
    """Raise ClusterError when the kernel would not take the path as a socket's name."""
    if len(str(path)) > _PATH_LIMIT:
        raise ClusterError(
            f"{path} is too long for a Unix socket ({_PATH_LIMIT} bytes): set OTEL_OPERATOR_CACHE to a shorter folder"
        )


def ask(path: Path, verb: str, component: str = "") -> Answer:
    """Send one request and return its answer; ClusterError with the supervisor's words when it failed or does not answer."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(ASK_SECONDS)
        try:
            client.connect(str(path))
            client.sendall(json.dumps({"verb": verb, "component": component}).encode() + b"\n")
            line = _read_line(client)
        except OSError as error:
            raise ClusterError(f"the cluster's supervisor does not answer on {path}: {error}") from error
    answer: Answer = json.loads(line)
    if "error" in answer:
        raise ClusterError(str(answer["error"]))
    return answer


class ControlServer:
    """Listening end. ``handle`` gets verb and component, returns the answer or raises ClusterError."""

    def __init__(self, path: Path, handle: Callable[[str, str], Answer]) -> None:
        self._handle = handle
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen()

    def serve_one(self, seconds: float) -> None:
        """Answer one request if one arrives within ``seconds``; a client that leaves early harms nobody."""
        self._listener.settimeout(seconds)
        try:
            client, _ = self._listener.accept()
        except TimeoutError:
            return
        with client:
            client.settimeout(ASK_SECONDS)
            try:
                request = json.loads(_read_line(client))
                client.sendall(json.dumps(self._answer(request)).encode() + b"\n")
            except (OSError, ValueError) as error:
                print(f"control: request dropped: {error}", flush=True)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _answer(self, request: dict[str, str]) -> Answer:
        try:
            return self._handle(request.get("verb", ""), request.get("component", ""))
        except ClusterError as error:
            return {"error": str(error)}


def _read_line(connection: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        chunk = connection.recv(65536)
        if not chunk or len(received) > MAX_LINE:
            raise ConnectionError("connection ended in the middle of a line")
        received += chunk
    return bytes(received)
