"""OTLP/gRPC on grpcio: generic handlers that see the bytes of each message as they came.

grpcio unpacks compressed messages without a usable limit and with a slow zlib, so that is turned off and done here.
"""

import functools
import logging
import time
from typing import Any

import grpc
from grpc import aio

from otel_agent.config.blocks.listen_address import Address, TcpAddress, UnixAddress, parse_endpoint
from otel_agent.pdata.telemetry import ClientInfo, Signal
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import ConsumeError, StartError
from otel_agent.receivers.otlp.config import OtlpGrpcConfig
from otel_agent.receivers.otlp.grpc_options import server_options
from otel_agent.receivers.otlp.intake import Intake
from otel_agent.telemetry.calls import RpcDurations, measured
from otel_agent.transport.addresses import why_not_listening
from otel_agent.transport.authentication import (
    AuthenticationError,
    ServerAuthenticator,
    refuse_middlewares,
    server_authenticator,
)
from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody, unpack_grpc_message
from otel_agent.transport.grpc_credentials import server_credentials
from otel_agent.transport.grpc_services import SERVICES
from otel_agent.transport.peers import address_of_peer
from otel_agent.transport.sharing import Listeners, open_listeners, ports_are_shared
from otel_agent.transport.status_codes import GrpcCode, code_of, make_status, message_of

STOP_SECONDS = 8.0
"""How long requests in progress may take to be answered after the server was told to stop."""
_ENDLESS_SECONDS = 10 * 365 * 86_400.0
"""Calls without a deadline may have one that is longer than any wait."""

Context = aio.ServicerContext[bytes, bytes]
_CODES = {code.value[0]: code for code in grpc.StatusCode}


class GrpcServer:
    """Serves the Export method of each signal that has a pipeline; gRPC answers Unimplemented for the others."""

    def __init__(self, config: OtlpGrpcConfig, intake: Intake, logger: logging.Logger) -> None:
        self.port = 0
        self._config = config
        self._intake = intake
        self._logger = logger
        self._durations = RpcDurations(intake.metrics, "server")
        self._limit = config.max_recv_bytes
        self._server: aio.Server | None = None
        self._authenticator: ServerAuthenticator | None = None
        self._reserved: Listeners | None = None

    async def start(self, host: Host) -> None:
        """Listen; `StartError` when the endpoint or the certificates cannot be used."""
        refuse_middlewares(self._config.middlewares)
        self._authenticator = server_authenticator(host, self._config.auth)
        address = await self._address()
        self._server = aio.server(options=server_options(self._config, shared=self._reserved is not None))
        self._server.add_generic_rpc_handlers(tuple(self._service(signal) for signal in self._intake.signals))
        self.port = self._listen(self._server, address)
        await self._server.start()
        self._logger.info("Starting GRPC server", extra={"endpoint": self._config.endpoint, "port": self.port})

    async def stop(self) -> None:
        """Send GOAWAY, so that clients go elsewhere with what they send next, and answer what they sent."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(STOP_SECONDS)
        if self._reserved is not None:
            self._reserved.release()

    async def _address(self) -> Address:
        """Where to listen. A port that workers share is reserved first: grpcio binds its sockets itself, and tells nobody."""
        try:
            address = parse_endpoint(self._config.endpoint, self._config.transport)
        except ValueError as error:
            raise StartError(str(error)) from error
        if isinstance(address, UnixAddress) or not ports_are_shared():
            return address
        try:
            self._reserved = await open_listeners(address)
        except OSError as error:
            raise StartError(f"listen {self._config.transport} {self._config.endpoint}: {error.strerror or error}") from error
        port = self._reserved.port
        for one in self._reserved.sockets:
            one.close()
        return TcpAddress(address.host, port)

    def _listen(self, server: aio.Server, address: Address) -> int:
        where = str(address) if isinstance(address, UnixAddress) or address.host else f"[::]:{address.port}"
        try:
            if self._config.tls is None:
                return server.add_insecure_port(where)
            return server.add_secure_port(where, server_credentials(self._config.tls, self._logger))
        except RuntimeError as error:
            reason = why_not_listening(address) or str(error)
            raise StartError(f"listen {self._config.transport} {self._config.endpoint}: {reason}") from error

    def _service(self, signal: Signal) -> "grpc.GenericRpcHandler[bytes, bytes]":
        export = self._measured_export if measured(self._intake.metrics) else self._export
        handler = grpc.unary_unary_rpc_method_handler(functools.partial(export, signal))
        return grpc.method_handlers_generic_handler(SERVICES[signal], {"Export": handler})

    async def _measured_export(self, signal: Signal, message: bytes, context: Context) -> bytes:
        began = time.perf_counter()
        try:
            return await self._export(signal, message, context)
        finally:
            self._durations.record(time.perf_counter() - began, SERVICES[signal], _number(context.code()))

    async def _export(self, signal: Signal, message: bytes, context: Context) -> bytes:
        """Answer one request; an empty message is a complete success."""
        try:
            client = await self._client(context)
            left = context.time_remaining()
            deadline = time.monotonic() + left if left is not None and left < _ENDLESS_SECONDS else None
            await self._intake.handle(signal, unpack_grpc_message(message, self._limit), client, deadline)
        except ConsumeError as error:
            await _abort(context, code_of(error), message_of(error), error.retry_after)
        except AuthenticationError as error:
            await _abort(context, GrpcCode.UNAUTHENTICATED, message_of(error))
        except BodyTooLarge as error:
            await _abort(context, GrpcCode.RESOURCE_EXHAUSTED, message_of(error))
        except MalformedBody as error:
            await _abort(context, GrpcCode.INVALID_ARGUMENT, f"cannot decompress the message: {error}")
        except Exception:  # edge: the client is told, and other requests go on
            self._logger.exception("Unexpected error while handling a request", extra={"signal": str(signal)})
            await _abort(context, GrpcCode.INTERNAL, "internal error")
        return b""

    async def _client(self, context: Context) -> ClientInfo:
        metadata: dict[str, tuple[str, ...]] = {}
        if self._config.include_metadata or self._authenticator is not None:
            for key, value in context.invocation_metadata() or ():
                text = value.decode("latin-1") if isinstance(value, bytes) else value
                metadata[key] = (*metadata.get(key, ()), text)
        auth = await self._authenticator.authenticate(metadata) if self._authenticator is not None else {}
        return ClientInfo(address_of_peer(context.peer()), metadata if self._config.include_metadata else {}, auth)


def _number(code: Any) -> int:
    """Return the number of a status that grpc gives as None, number or member of its enumeration."""
    value = getattr(code, "value", code)
    return int(value[0] if isinstance(value, tuple) else value or 0)


async def _abort(context: Context, code: GrpcCode, message: str, retry_after: float | None = None) -> None:
    """End the call with a status; a wait travels as RetryInfo in grpc-status-details-bin."""
    trailers: tuple[tuple[str, str | bytes], ...] = ()
    if retry_after is not None:
        details = make_status(code, message, retry_after).SerializeToString()
        trailers = (("grpc-status-details-bin", details),)
    await context.abort(_CODES[code], message, trailers)
