"""Runs in a pod: an app with one metric, on port 8080."""

from http.server import BaseHTTPRequestHandler, HTTPServer

METRICS = b"""# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{kind="book"} 7
"""


class Handler(BaseHTTPRequestHandler):
    """Answers a scrape."""

    def do_GET(self) -> None:
        """Send all metrics, whatever the path is."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.end_headers()
        self.wfile.write(METRICS)


HTTPServer(("", 8080), Handler).serve_forever()
