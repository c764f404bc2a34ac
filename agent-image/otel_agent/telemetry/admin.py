"""The small HTTP server behind :8888/metrics, health_check, zpages and pprof.

Fixed paths, GET and HEAD only, bodies computed on request.
"""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from otel_agent.transport.listen import listening_sockets

_SHUTDOWN_SECONDS = 1.0
"""How long open admin connections may delay the end of the collector."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to an admin request."""

    body: str | bytes
    content_type: str = "text/plain"
    status: int = 200


Handler = Callable[[Mapping[str, str]], Awaitable[Reply]]
"""Answers a request with these query parameters; for answers that take their time."""


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """`host:port`, `[v6]:port` or `:port` (all interfaces) as host and port; ValueError when there is no port."""
    host, colon, port = endpoint.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f'endpoint "{endpoint}": expected host:port')
    return host.removeprefix("[").removesuffix("]"), int(port)


class AdminServer:
    """Serves replies by path until stopped."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Mapping[str, Callable[[], Reply]],
        tls: ssl.SSLContext | None = None,
        handlers: Mapping[str, Handler] | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._routes = dict(routes)
        self._handlers = dict(handlers or {})
        self._runner: web.ServerRunner | None = None

    @property
    def port(self) -> int:
        """The bound port, once started."""
        assert self._runner is not None
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Bind and serve; OSError naming the address when that fails."""
        server = web.Server(self._answer, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            for bound in await listening_sockets(self._host, self._port):
                await web.SockSite(runner, bound, ssl_context=self._tls).start()
        except (OSError, UnicodeError) as error:  # the second for a host that is no name at all
            await runner.cleanup()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise OSError(getattr(error, "errno", None), f"cannot listen on {self._host}:{self._port}: {reason}") from error
        self._runner = runner

    async def stop(self) -> None:
        """Close the listener and every connection. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def _answer(self) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        routes, handlers = self._routes, self._handlers

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            route, handler = routes.get(request.path), handlers.get(request.path)
            if route is None and handler is None:
                return web.Response(status=404, text="404 page not found\n")
            if request.method not in ("GET", "HEAD"):
                return web.Response(status=405, text="405 method not allowed\n", headers={"Allow": "GET, HEAD"})
            if handler is not None:
                reply = await handler(request.query)
            else:
                assert route is not None
                reply = route()
            if isinstance(reply.body, bytes):
                return web.Response(status=reply.status, body=reply.body, headers={"Content-Type": reply.content_type})
            return web.Response(
                status=reply.status, text=reply.body, headers={"Content-Type": f"{reply.content_type}; charset=utf-8"}
            )

        return answer
