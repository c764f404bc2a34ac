"""A target of scrapes: at each path pages that are served in turn to each scraper, the last one again and again."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Pages:
    """Context manager: contents by path on a free port of 127.0.0.1. Those that end in `# EOF` are OpenMetrics."""

    def __init__(self) -> None:
        self.contents: dict[str, list[bytes]] = {}
        self.served = 0
        outer, served = self, Counter[tuple[str, str]]()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.strip("/")
                pages = outer.contents.get(path, [b""])
                who = (self.headers.get("User-Agent", ""), path)
                body = pages[min(served[who], len(pages) - 1)]
                served[who] += 1
                self.send_response(200)
                self.send_header("Content-Type", _OPEN_METRICS if body.endswith(b"# EOF\n") else _TEXT)
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
