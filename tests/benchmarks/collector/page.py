"""A page of metrics as a program exposes it, served from memory on a thread, and how often it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


def text(counters: int, histograms: int, version: int) -> str:
    """Return metrics: counters of 80 series, histograms of 15 points of 12 lines each; values grow with `version`."""
    lines = []
    for metric in range(counters):
        lines += [f"# HELP requests_{metric}_total Requests by path", f"# TYPE requests_{metric}_total counter"]
        for number in range(80):
            lines.append(f'requests_{metric}_total{{method="GET",path="/api/v1/{number}",code="200"}} {number + version}')
    for metric in range(histograms):
        lines.append(f"# TYPE latency_{metric} histogram")
        for number in range(15):
            for rank, bound in enumerate(("0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "+Inf")):
                lines.append(f'latency_{metric}_bucket{{path="/{number}",le="{bound}"}} {rank * version}')
            lines.append(f'latency_{metric}_sum{{path="/{number}"}} {version}.5')
            lines.append(f'latency_{metric}_count{{path="/{number}"}} {9 * version}')
    return "\n".join(lines) + "\n"


class Page:
    """Context manager: the pages in turn, on a free port of 127.0.0.1."""

    def __init__(self, pages: Sequence[str]) -> None:
        self.served = 0
        bodies = [page.encode() for page in pages]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = bodies[min(outer.served, len(bodies) - 1)]
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                outer.served += 1

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
