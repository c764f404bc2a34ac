"""OTLP/HTTP on aiohttp's low-level server: no application, no router, bodies unpacked here and never beyond their limit."""

import asyncio
import logging
import ssl
import time

from aiohttp import web

from otel_agent.config.blocks.http_server import DEFAULT_MAX_REQUEST_BODY_SIZE
from otel_agent.config.blocks.listen_address import UnixAddress, parse_endpoint
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.otlp_json import json_to_request
from otel_agent.pdata.telemetry import ClientInfo, Signal
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import ConsumeError, StartError
from otel_agent.receivers.otlp import http_answers as answers
from otel_agent.receivers.otlp.config import OtlpHttpConfig
from otel_agent.receivers.otlp.cors import Cors
from otel_agent.receivers.otlp.http_body import read_body
from otel_agent.receivers.otlp.in_progress import InProgress
from otel_agent.receivers.otlp.intake import Intake
from otel_agent.telemetry.calls import HttpDurations, measured
from otel_agent.transport.authentication import (
    AuthenticationError,
    ServerAuthenticator,
    refuse_middlewares,
    server_authenticator,
)
from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody
from otel_agent.transport.http_log import HttpLogger
from otel_agent.transport.sharing import Listeners, open_listeners
from otel_agent.transport.tls import ServerTls

STOP_SECONDS = 8.0
"""How long requests in progress may take to be answered after the server was told to stop."""
_CLOSE_SECONDS = 0.5
"""How long aiohttp may take to write the last answers, and again to end what it has to cancel."""
_IDLE_SECONDS = 3630.0
"""Idle time of a connection when idle_timeout is 0; longer than any client or proxy keeps one."""
_THREAD_BYTES = 64 * 1024
"""JSON of this size on is read in a thread: it takes 0.1 s a MiB, in which nobody else, probes included, would be answered."""


class HttpServer:
    """Serves one path for each signal that has a pipeline; the others are 404."""

    def __init__(self, config: OtlpHttpConfig, intake: Intake, logger: logging.Logger, *, everywhere: bool = False) -> None:
        self.port = 0
        self._everywhere = everywhere
        self._config = config
        self._intake = intake
        self._logger = logger
        paths = {
            Signal.TRACES: config.traces_url_path,
            Signal.METRICS: config.metrics_url_path,
            Signal.LOGS: config.logs_url_path,
        }
        self._signals = {paths[signal]: signal for signal in intake.signals}
        self._limit = config.max_request_body_size if config.max_request_body_size > 0 else DEFAULT_MAX_REQUEST_BODY_SIZE
        self._encodings = {*config.compression_algorithms, "", "identity"}
        self._durations = HttpDurations(intake.metrics, "server", {"url_scheme": "https" if config.tls is not None else "http"})
        self._cors = Cors(config.cors)
        self._authenticator: ServerAuthenticator | None = None
        self._in_progress = InProgress()
        self._runner: web.ServerRunner | None = None
        self._listeners: Listeners | None = None
        self._tls: ServerTls | None = None

    async def start(self, host: Host) -> None:
        """Listen; `StartError` when the endpoint or the certificates cannot be used."""
        refuse_middlewares(self._config.middlewares)
        self._authenticator = server_authenticator(host, self._config.auth)
        self._tls = ServerTls(self._config.tls, self._logger)
        self._tls.watch()
        server = web.Server(
            self._measured_answer if measured(self._intake.metrics) else self._answer,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=self._config.idle_timeout or _IDLE_SECONDS,
            logger=HttpLogger(self._logger),
            handler_cancellation=True,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await self._listen(self._runner, self._tls.context)
        self._logger.info("Starting HTTP server", extra={"endpoint": self._config.endpoint, "port": self.port})

    async def stop(self) -> None:
        """Stop listening, answer what comes over open connections until nothing is in progress, then close them.

        aiohttp's own way closes idle connections first, and may overlook one that is just being accepted.
        """
        runner, self._runner = self._runner, None
        if runner is not None:
            for site in list(runner.sites):
                await site.stop()
            if self._listeners is not None:
                self._listeners.release()
            await self._in_progress.wait(STOP_SECONDS)
            await runner.cleanup()
        if self._tls is not None:
            await self._tls.close()

    async def _listen(self, runner: web.ServerRunner, context: ssl.SSLContext | None) -> None:
        try:
            address = parse_endpoint(self._config.endpoint, self._config.transport)
        except ValueError as error:
            raise StartError(str(error)) from error
        try:
            if isinstance(address, UnixAddress):
                await web.UnixSite(runner, address.path, ssl_context=context).start()
            else:
                self._listeners = await open_listeners(address, everywhere=self._everywhere)
                for bound in self._listeners.sockets:
                    await web.SockSite(runner, bound, ssl_context=context).start()
        except OSError as error:
            raise StartError(f"listen {self._config.transport} {self._config.endpoint}: {error.strerror or error}") from error
        if not isinstance(address, UnixAddress):
            self.port = runner.addresses[0][1]

    async def _measured_answer(self, request: web.BaseRequest) -> web.StreamResponse:
        began, status = time.perf_counter(), 0
        try:
            response = await self._answer(request)
            status = response.status
            return response
        finally:
            route = request.path if request.path in self._signals else ""
            seconds = time.perf_counter() - began
            self._durations.record(seconds, request.method, http_route=route, http_response_status_code=str(status))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        preflight = self._cors.preflight(request.headers) if request.method == "OPTIONS" else None
        if preflight is not None:
            response = web.Response(status=204, headers=preflight)
        else:
            with self._in_progress:
                response = await self._export(request)
            response.headers.update(self._cors.answer(request.headers.get("Origin")))
        response.headers.update(self._config.response_headers)
        if self._runner is None or not self._config.keep_alives_enabled:
            response.force_close()
        return response

    async def _export(self, request: web.BaseRequest) -> web.Response:
        """Answer an export request, or say why it is none."""
        signal = self._signals.get(request.path)
        if signal is None:
            return answers.plain(404, "404 page not found")
        if request.method != "POST":
            return answers.plain(405, "405 method not allowed, supported: [POST]")
        media_type = request.content_type
        if media_type not in answers.MEDIA_TYPES or "Content-Type" not in request.headers:
            return answers.plain(415, f"415 unsupported media type, supported: [{', '.join(answers.MEDIA_TYPES)}]")
        try:
            client = await self._client(request)
            await self._intake.handle(signal, await self._request_bytes(request, signal, media_type), client)
        except AuthenticationError as error:
            return answers.failed(media_type, 401, str(error))
        except (BodyTooLarge, MalformedBody, InvalidTelemetry) as error:
            return answers.failed(media_type, 400, str(error))
        except ConsumeError as error:
            return answers.refused(media_type, error)
        except Exception:  # edge: the client is told, and other requests go on
            self._logger.exception("Unexpected error while handling a request", extra={"path": request.path})
            return answers.failed(media_type, 500, "internal error")
        return answers.success(media_type)

    async def _request_bytes(self, request: web.BaseRequest, signal: Signal, media_type: str) -> bytes:
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in self._encodings:
            raise MalformedBody(f"unsupported Content-Encoding: {encoding[:32]}")
        body = await read_body(request, encoding, self._limit, self._config.read_timeout)
        if media_type != answers.JSON:
            return body
        if len(body) < _THREAD_BYTES:
            return json_to_request(signal, body)
        return await asyncio.to_thread(json_to_request, signal, body)

    async def _client(self, request: web.BaseRequest) -> ClientInfo:
        metadata: dict[str, tuple[str, ...]] = {}
        if self._config.include_metadata or self._authenticator is not None:
            for key, value in request.headers.items():
                name = key.lower()
                metadata[name] = (*metadata.get(name, ()), value)
        auth = await self._authenticator.authenticate(metadata | self._parameters(request)) if self._authenticator else {}
        return ClientInfo(request.remote or "", metadata if self._config.include_metadata else {}, auth)

    def _parameters(self, request: web.BaseRequest) -> dict[str, tuple[str, ...]]:
        """Return the query parameters that the authenticator is to see, by their names as they are configured."""
        names = self._config.auth.request_params if self._config.auth is not None else []
        return {name: tuple(request.query.getall(name)) for name in names if name in request.query}
