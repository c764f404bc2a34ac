"""Both collectors, each with a sink of its own: what goes in at once comes out, or does not."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from google.protobuf.message import DecodeError, Message

from e2e.cluster.processes import Component, ProcessGroup, log_tail
from tests.differential.suite import Suite
from tests.interop.arrivals import REQUESTS
from tests.interop.collectors import SILENT, Starter

_SECONDS = 10.0
_CONTENT = "application/x-protobuf"


class Sink:
    """Takes OTLP/HTTP on a port of its own and keeps the bodies until they are taken."""

    def __init__(self) -> None:
        bodies: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", _CONTENT)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
                pass

        self._bodies = bodies
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def take(self) -> list[bytes]:
        """Return what has arrived since the last call."""
        taken = list(self._bodies)
        self._bodies.clear()
        return taken

    def close(self) -> None:
        """Free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(slots=True)
class Peer:
    """A running collector with its sink."""

    name: str
    component: Component
    port: int
    sink: Sink
    _connection: http.client.HTTPConnection | None = field(default=None, init=False)

    def exchange(self, signal: str, body: bytes) -> list[bytes] | None:
        """Send a request and return what the collector sends on for it: with no queue, that is before it answers.

        None where there is no answer: the Go collector panics over some texts, and computes without end on others.
        """
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            self._connection.request("POST", f"/v1/{signal}", body, {"Content-Type": _CONTENT})
            answer = self._connection.getresponse()
            answer.read()
        except (ConnectionError, TimeoutError):
            self.component.check_alive()
            self._connection.close()
            self.sink.take()
            return None
        if answer.status != 200:
            log = log_tail(self.component.log)
            raise AssertionError(f"{self.name} answered {answer.status} to a generated request; the end of its log:\n{log}")
        return self.sink.take()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


def configuration(suite: Suite, port: int, sink: int) -> dict[str, Any]:
    """Return OTLP/HTTP in, the suite's processors, OTLP/HTTP out to the sink, nothing in between that waits."""
    exporter = {
        "endpoint": f"http://127.0.0.1:{sink}",
        "compression": "none",
        "sending_queue": {"enabled": False},
        "retry_on_failure": {"enabled": False},
    }
    pipeline = {"receivers": ["otlp"], "processors": list(suite.processors), "exporters": ["otlp_http"]}
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "processors": dict(suite.processors),
        "exporters": {"otlp_http": exporter},
        "service": {"telemetry": SILENT, "pipelines": {suite.signal: pipeline}},
    }


class Pair:
    """Context manager: the collectors by name, started with a suite's configuration."""

    def __init__(self, suite: Suite, commands: Mapping[str, Sequence[str | Path]], logs: Path) -> None:
        self._suite = suite
        self._commands = commands
        self._logs = logs
        self._stack = ExitStack()
        self.peers: dict[str, Peer] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            starter = Starter(stack.enter_context(ProcessGroup(self._logs)))
            for name, command in self._commands.items():
                sink = Sink()
                stack.callback(sink.close)
                component, ports = starter.start(
                    name,
                    command,
                    1,
                    lambda ports, sink=sink: configuration(self._suite, ports[0], sink.port),  # type: ignore[misc]
                )
                self.peers[name] = Peer(name, component, ports[0], sink)
                stack.callback(self.peers[name].close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def exchange(self, request: Message) -> dict[str, list[Message] | None]:
        """Return what each sends on for a request; None for what is no protobuf (text that is not UTF-8), and for no answer."""
        body = request.SerializeToString()
        return {name: self._decoded(peer.exchange(self._suite.signal, body)) for name, peer in self.peers.items()}

    def _decoded(self, bodies: list[bytes] | None) -> list[Message] | None:
        if bodies is None:
            return None
        try:
            return [REQUESTS[self._suite.signal].FromString(body) for body in bodies]
        except DecodeError:
            return None
