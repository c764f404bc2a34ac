"""The receiving end of the OTLP/gRPC exporter: pushes a request's bytes over a channel that lasts as long as the exporter."""

import asyncio
import logging
from collections.abc import Iterable, Mapping

from grpc import aio

from otel_agent.exporters.otlp_grpc.answers import refusal
from otel_agent.exporters.otlp_grpc.channel import open_channel
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.authentication import ClientAuthenticator, client_authenticator, refuse_middlewares
from otel_agent.transport.export_response import parse_response
from otel_agent.transport.grpc_services import export_method
from otel_agent.transport.tls import Reloader

_CLOSE_SECONDS = 1.0
_UNLIMITED_SECONDS = 24 * 3600.0
"""How long calls without a timeout may go on over a channel that is being replaced; ended then, they would be lost."""
_DETAILS = "grpc-status-details-bin"


class GrpcPeer:
    """One signal's Export method."""

    def __init__(self, config: OtlpGrpcExporterConfig, signal: Signal, logger: logging.Logger) -> None:
        self._config = config
        self._signal = signal
        self._logger = logger
        self._metadata = _metadata(config.headers)
        self._authenticator: ClientAuthenticator | None = None
        self._reloader = Reloader(config.tls)
        self._channel: aio.Channel | None = None
        self._export: aio.UnaryUnaryMultiCallable[bytes, bytes] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def open(self, host: Host) -> None:
        """Make the channel; nothing is sent yet."""
        refuse_middlewares(self._config.middlewares)
        self._authenticator = client_authenticator(host, self._config.auth, plain_grpc=self._config.plain_text)
        self._connect()

    async def push(self, telemetry: Telemetry) -> None:
        """Send once; raises what `answers.refusal` makes of the answer."""
        if self._reloader.changed():
            self._reconnect()
        assert self._export is not None
        metadata = self._metadata
        if self._authenticator is not None:
            metadata = _metadata(await self._authenticator.credentials(self._config.headers, telemetry.client))
        try:
            answer = await self._export(
                telemetry.data,
                timeout=self._config.timeout or None,
                metadata=metadata,
                wait_for_ready=self._config.wait_for_ready,
            )
        except aio.AioRpcError as error:
            raise refusal(error.code().value[0], error.details() or "", _details(error)) from error
        self._warn_if_partial(answer)

    async def close(self) -> None:
        """Close the channel; calls still running get a moment."""
        channel, self._channel, self._export = self._channel, None, None
        if channel is not None:
            await channel.close(_CLOSE_SECONDS)
        if self._closing:
            await asyncio.wait(self._closing, timeout=_CLOSE_SECONDS)
        for task in self._closing:
            task.cancel()

    def _connect(self) -> None:
        self._channel = open_channel(self._config, self._logger)
        self._export = self._channel.unary_unary(export_method(self._signal), None, None)

    def _reconnect(self) -> None:
        """Go over to a channel with the changed certificates; calls on the old one may end."""
        old = self._channel
        try:
            self._connect()
        except StartError:
            self._logger.exception("Certificates could not be reloaded, the old ones stay in use")
            return
        if old is not None:
            task = asyncio.create_task(old.close(self._config.timeout or _UNLIMITED_SECONDS))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _warn_if_partial(self, answer: bytes) -> None:
        try:
            partial = parse_response(self._signal, answer)
        except ValueError as error:
            self._logger.warning("The answer to an accepted request cannot be read", extra={"error": str(error)})
            return
        if partial is not None:
            extra = {"message_from_peer": partial.message, "rejected_items": partial.rejected}
            self._logger.warning("Partial success response", extra=extra)


def _metadata(headers: Mapping[str, str]) -> tuple[tuple[str, str | bytes], ...]:
    """Headers as gRPC wants them: lower-case names, bytes where the name ends in -bin."""
    lower = ((name.lower(), str(value)) for name, value in headers.items())
    return tuple((name, value.encode() if name.endswith("-bin") else value) for name, value in lower)


def _details(error: aio.AioRpcError) -> bytes | None:
    trailers: Iterable[tuple[str, str | bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment] # pairs, not one
    return next((value for key, value in trailers if key == _DETAILS and isinstance(value, bytes)), None)
