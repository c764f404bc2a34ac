"""The HTTP server that Prometheus scrapes: one path, GET and HEAD, TLS and authentication as the server block says."""

import asyncio
import logging
import os
import socket
from contextlib import suppress

from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.blocks.listen_address import UnixAddress, parse_endpoint
from otel_agent.exporters.prometheus.exposition import Exposition
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.telemetry.admin_connection import AdminAnswer, AdminRequest, Connections
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.sampling import Sampler
from otel_agent.transport.authentication import (
    AuthenticationError,
    ServerAuthenticator,
    refuse_middlewares,
    server_authenticator,
)
from otel_agent.transport.listen import BACKLOG, listening_sockets, unix_socket
from otel_agent.transport.tls import ServerTls

PATH = "/metrics"
_MOST_CONNECTIONS = 32
"""Prometheus servers, and people: each connection may hold an answer of megabytes."""
_LOG_SECONDS = 60.0


class ScrapeServer:
    """Serves an exposition until stopped."""

    def __init__(self, config: HttpServerConfig, exposition: Exposition, refused: Counter, logger: logging.Logger) -> None:
        """`refused` counts connections beyond the bound."""
        self._config = config
        self._exposition = exposition
        self._refused = refused
        self._logger = logger
        self._sampler = Sampler(1, 0, _LOG_SECONDS)
        self._authenticator: ServerAuthenticator | None = None
        self._servers: list[asyncio.Server] = []
        self._connections = Connections(_MOST_CONNECTIONS, self._respond, self._turn_away)
        self._tls: ServerTls | None = None
        self._path: str | None = None

    @property
    def port(self) -> int:
        """The bound TCP port, once started."""
        return int(self._servers[0].sockets[0].getsockname()[1])

    async def start(self, host: Host) -> None:
        """Listen; `StartError` for an unusable endpoint, certificate or setting."""
        refuse_middlewares(self._config.middlewares)
        if self._config.cors is not None and self._config.cors.allowed_origins:
            raise StartError("cors: not supported by the prometheus exporter, no browser scrapes: remove the block")
        self._authenticator = server_authenticator(host, self._config.auth)
        self._tls = ServerTls(self._config.tls, self._logger)
        try:
            for bound in await self._bound():
                self._servers.append(
                    await asyncio.start_server(self._connections.accept, sock=bound, ssl=self._tls.context, backlog=BACKLOG)
                )
        except (OSError, UnicodeError, ValueError) as error:
            await self.stop()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise StartError(f"listen {self._config.transport} {self._config.endpoint}: {reason}") from error
        self._tls.watch()
        self._logger.info("Starting HTTP server", extra={"endpoint": self._config.endpoint, "path": PATH})

    async def stop(self) -> None:
        """Stop listening and close every connection. Idempotent."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        await self._connections.close()
        if self._tls is not None:
            await self._tls.close()
        path, self._path = self._path, None
        if path is not None:
            with suppress(FileNotFoundError):
                os.unlink(path)

    async def _bound(self) -> list[socket.socket]:
        address = parse_endpoint(self._config.endpoint, self._config.transport)
        if isinstance(address, UnixAddress):
            bound = [unix_socket(address.path)]
            self._path = address.path
            return bound
        return await listening_sockets(address.host, address.port)

    def _turn_away(self) -> None:
        self._refused.add()
        if self._sampler.admit(""):
            self._logger.warning("Scrape connections refused, too many are open", extra={"limit": _MOST_CONNECTIONS})

    async def _respond(self, request: AdminRequest) -> AdminAnswer:
        answer = await self._answer(request)
        answer.headers.update(self._config.response_headers)
        if not self._config.keep_alives_enabled:
            answer.headers["Connection"] = "close"
        return answer

    async def _answer(self, request: AdminRequest) -> AdminAnswer:
        try:
            if self._authenticator is not None:
                await self._authenticator.authenticate(request.headers | self._parameters(request))
            if request.path != PATH:
                return _plain(404, "404 page not found\n")
            if request.method not in ("GET", "HEAD"):
                return _plain(405, "405 method not allowed\n", Allow="GET, HEAD")
            accept, encoding = (",".join(request.headers.get(name, ())) for name in ("accept", "accept-encoding"))
            scraped = await self._exposition.scrape(accept, encoding)
        except AuthenticationError as error:
            return _plain(401, f"{error}\n")
        except Exception:  # edge: the scraper is told, and other requests go on
            self._logger.exception("A scrape failed")
            return _plain(500, "500 internal error\n")
        headers = {"Content-Type": scraped.content_type, "Vary": "Accept, Accept-Encoding"}
        if scraped.encoding:
            headers["Content-Encoding"] = scraped.encoding
        return AdminAnswer(200, scraped.body, headers)

    def _parameters(self, request: AdminRequest) -> dict[str, tuple[str, ...]]:
        """Return the query parameters that the authenticator is to see."""
        names = self._config.auth.request_params if self._config.auth is not None else []
        return {name: (request.query[name],) for name in names if name in request.query}


def _plain(status: int, text: str, **headers: str) -> AdminAnswer:
    return AdminAnswer(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8", **headers})
