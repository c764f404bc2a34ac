"""Shows how often the limits of a native port bit: as a metric, in the log, and in the receiver's status."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from otel_agent.config.component import ComponentId
from otel_agent.telemetry.instruments import InstrumentKind
from otel_agent.telemetry.metrics import SelfMetrics

LIMITS = {
    "in_progress": "Refused requests because too many, or too large ones, are being handled",
    "body_size": "Refused requests because of their size",
    "body_time": "Refused requests whose bodies did not arrive in time",
    "connections": "Connections had to wait because too many are open",
    "tls_handshake": "Closed connections whose TLS handshake failed or took too long",
    "header_time": "Closed connections whose request headers did not arrive in time",
    "idle_time": "",
    "connection_age": "",
    "accept": "Connections could not be accepted, descriptors or memory are used up",
}
"""By the extension's name, what the log says; nothing about what is usual."""
LOOK_SECONDS = 10.0
"""Between two looks, and so between two lines in the log about one limit."""

Read = Callable[[], Mapping[str, int]]


class LimitWatch:
    """Looks at the counters of one port from time to time."""

    def __init__(self, read: Read, logger: logging.Logger, troubled: Callable[[str], None]) -> None:
        """`read` gives the counters; `troubled` hears why connections cannot be accepted, and an empty text once they can."""
        self._read = read
        self._logger = logger
        self._troubled = troubled
        self._seen = dict(read())
        self._cannot_accept = False
        self._timer: asyncio.TimerHandle | None = None

    def show(self, metrics: SelfMetrics, receiver: ComponentId, transport: str) -> None:
        """Register the metric; `transport` is the protocol that the port is configured for."""
        for limit in LIMITS:
            metrics.observe(
                "receiver_limit_hits",
                "Number of times that a limit of a receiver's port refused a request, or closed or delayed a connection.",
                {"receiver": str(receiver), "transport": transport, "limit": limit},
                lambda limit=limit: self._read().get(limit, 0),  # type: ignore[misc]
                unit="{hits}",
                kind=InstrumentKind.SUM,
            )

    def start(self) -> None:
        """Look from now on."""
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._next)

    def stop(self) -> None:
        """Look once more, and no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self.look()

    def look(self) -> None:
        """Say what is new."""
        now = self._read()
        new = {limit: count - self._seen.get(limit, 0) for limit, count in now.items()}
        self._seen = dict(now)
        for limit, count in new.items():
            text = LIMITS.get(limit, "")
            if count > 0 and text:
                self._logger.warning(text, extra={"limit": limit, "count": count})
        failing = new.get("accept", 0) > 0
        if failing != self._cannot_accept:
            self._cannot_accept = failing
            self._troubled("connections cannot be accepted: descriptors or memory are used up" if failing else "")

    def _next(self) -> None:
        self.look()
        self.start()
