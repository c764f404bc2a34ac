"""The small HTTP server behind :8888/metrics, health_check, zpages and pprof.

Fixed paths, GET and HEAD only, bodies computed on request.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.telemetry.admin_connection import AdminAnswer, AdminRequest, Connections
from otel_agent.telemetry.sampling import Sampler
from otel_agent.transport.listen import listening_sockets
from otel_agent.transport.tls import ServerTls

_MOST_CONNECTIONS = 100
"""Probes, a scraper or two and a person: more come from a fault or an attack."""
_LOG_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to an admin request."""

    body: str | bytes
    content_type: str = "text/plain"
    status: int = 200


Handler = Callable[[Mapping[str, str]], Awaitable[Reply]]
"""Answers a request with these query parameters; for answers that take their time."""


class AdminServer:
    """Serves replies by path until stopped, to a bounded number of connections; more are closed at once."""

    def __init__(
        self,
        address: TcpAddress,
        routes: Mapping[str, Callable[[], Reply]],
        tls: ServerTls | None = None,
        handlers: Mapping[str, Handler] | None = None,
    ) -> None:
        self._address = address
        self._tls = tls
        self._routes = dict(routes)
        self._handlers = dict(handlers or {})
        self._servers: list[asyncio.Server] = []
        self._connections = Connections(_MOST_CONNECTIONS, self._respond, self._refused)
        self._lines = Sampler(1, 0, _LOG_SECONDS)

    @property
    def port(self) -> int:
        """The bound port, once started."""
        return int(self._servers[0].sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Bind and serve; OSError naming the address when that fails."""
        context = self._tls.context if self._tls is not None else None
        try:
            for bound in await listening_sockets(self._address.host, self._address.port):
                self._servers.append(await asyncio.start_server(self._connections.accept, sock=bound, ssl=context))
        except (OSError, UnicodeError) as error:  # the second for a host that is no name at all
            await self.stop()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise OSError(getattr(error, "errno", None), f"cannot listen on {self._address}: {reason}") from error
        if self._tls is not None:
            self._tls.watch()

    async def stop(self) -> None:
        """Close the listener and every connection. Idempotent."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        await self._connections.close()
        if self._tls is not None:
            await self._tls.close()

    def _refused(self) -> None:
        if self._lines.admit(self._address.port):
            extra = {"address": str(self._address), "limit": _MOST_CONNECTIONS}
            _log.warning("Connections to an admin server refused, too many are open", extra=extra)

    async def _respond(self, request: AdminRequest) -> AdminAnswer:
        route, handler = self._routes.get(request.path), self._handlers.get(request.path)
        if route is None and handler is None:
            return _answer(Reply("404 page not found\n", status=404))
        if request.method not in ("GET", "HEAD"):
            return _answer(Reply("405 method not allowed\n", status=405), {"Allow": "GET, HEAD"})
        try:
            return _answer(await handler(request.query) if handler is not None else route() if route is not None else Reply(""))
        except Exception:  # noqa: BLE001 (edge: a page that fails must not end the collector)
            _log.exception("Admin page failed", extra={"path": request.path})
            return _answer(Reply("500 internal error\n", status=500))


def _answer(reply: Reply, more: Mapping[str, str] | None = None) -> AdminAnswer:
    if isinstance(reply.body, bytes):
        return AdminAnswer(reply.status, reply.body, {"Content-Type": reply.content_type, **(more or {})})
    headers = {"Content-Type": f"{reply.content_type}; charset=utf-8", **(more or {})}
    return AdminAnswer(reply.status, reply.body.encode(), headers)
