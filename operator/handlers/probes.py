"""Serves /metrics, /healthz and /readyz from a thread of its own, so that they answer while the loop is busy or stuck."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_log = logging.getLogger(__name__)
_TIMEOUT = 10
Page = Callable[[], tuple[int, str, bytes]]
"""Status, content type and body."""


class Health:
    """What the probes report. The event loop calls `beat` each second; its silence is the lag."""

    LONGEST_LAG = 30.0
    """Seconds of silence after which the process is to be restarted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beaten = clock()
        self.role = "starting"
        self.queue_age: Callable[[], float] = lambda: 0.0

    def beat(self) -> None:
        """Say that the event loop runs."""
        self._beaten = self._clock()

    def healthz(self) -> tuple[int, str, bytes]:
        """200 while the loop turns; the body says role, lag and how long the oldest key waits."""
        lag = self._clock() - self._beaten
        said = f"role={self.role} loop_lag_seconds={lag:.1f} oldest_key_seconds={self.queue_age():.1f}\n"
        return 200 if lag < self.LONGEST_LAG else 500, "text/plain; charset=utf-8", said.encode()

    def readyz(self) -> tuple[int, str, bytes]:
        """200 as leader and as standby: a standby that were unready would block every rollout."""
        ready = self.role in ("leader", "standby")
        return 200 if ready else 503, "text/plain; charset=utf-8", f"role={self.role}\n".encode()


class PageServer:
    """An HTTP server for a few pages; `close` ends it."""

    def __init__(self, address: str, pages: Mapping[str, Page]) -> None:
        """Listen on `host:port` (host may be empty, port 0 picks a free one). Raises OSError, ValueError."""
        host, _, port = address.rpartition(":")
        self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), _handler(pages))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name=f"pages-{self.port}", daemon=True)
        self._thread.start()
        _log.info("listening address=%s:%d pages=%s", host or "0.0.0.0", self.port, ",".join(pages))  # noqa: S104 (only said)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=1)


def _handler(pages: Mapping[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _TIMEOUT

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, kind, body = page() if page else (404, "text/plain; charset=utf-8", b"not found\n")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (name given by http.server)
            _log.debug(format, *args)

    return Handler
