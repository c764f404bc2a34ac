"""The receiving end of the OTLP/gRPC exporter: pushes a request's bytes over connections that last as long as the exporter."""

import asyncio
import logging
from collections.abc import Mapping

from otel_agent.config.featuregates import process_gates
from otel_agent.exporters.otlp_grpc.answers import refusal
from otel_agent.exporters.otlp_grpc.choice import ClientKind, choose, native_module
from otel_agent.exporters.otlp_grpc.client import CallFailed, ExportClient
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.authentication import ClientAuthenticator, client_authenticator, refuse_middlewares
from otel_agent.transport.export_response import parse_response
from otel_agent.transport.tls import Reloader, log_refused

_CLOSE_SECONDS = 1.0
_UNLIMITED_SECONDS = 24 * 3600.0
"""How long calls without a timeout may go on over a client that is being replaced; ended then, they would be lost."""


class GrpcPeer:
    """One signal's Export method."""

    def __init__(self, config: OtlpGrpcExporterConfig, signal: Signal, logger: logging.Logger) -> None:
        self._config = config
        self._signal = signal
        self._logger = logger
        self._authenticator: ClientAuthenticator | None = None
        self._reloader = Reloader(config.tls)
        self._kind = ClientKind.PORTABLE
        self._client: ExportClient | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def open(self, host: Host) -> None:
        """Make the client; nothing is sent yet."""
        refuse_middlewares(self._config.middlewares)
        self._authenticator = client_authenticator(host, self._config.auth, plain_grpc=self._config.plain_text)
        self._kind = choose(self._config, process_gates(), self._logger)
        self._client = self._connect()

    async def push(self, telemetry: Telemetry) -> None:
        """Send once; raises what `answers.refusal` makes of the answer."""
        if self._reloader.changed():
            self._reconnect()
        assert self._client is not None
        headers: Mapping[str, str] = self._config.headers
        if self._authenticator is not None:
            headers = await self._authenticator.credentials(headers, telemetry.client)
        try:
            answer = await self._client.export(telemetry.data, headers)
        except CallFailed as error:
            raise refusal(error.code, error.message, error.details) from error
        if answer:
            self._warn_if_partial(answer)

    async def close(self) -> None:
        """Close the client; calls still running get a moment."""
        client, self._client = self._client, None
        if client is not None:
            await client.close(_CLOSE_SECONDS)
        if self._closing:
            await asyncio.wait(self._closing, timeout=_CLOSE_SECONDS)
        for task in self._closing:
            task.cancel()

    def _connect(self) -> ExportClient:
        module = native_module()
        if self._kind is ClientKind.NATIVE and module is not None:
            from otel_agent.exporters.otlp_grpc.native_client import NativeClient

            return NativeClient(self._config, self._signal, self._config.timeout, module)
        from otel_agent.exporters.otlp_grpc.portable_client import PortableClient  # 19 MB that most collectors never need

        return PortableClient(self._config, self._signal, self._config.timeout, self._logger)

    def _reconnect(self) -> None:
        """Go over to a client with the changed certificates; calls on the old one may end."""
        old = self._client
        try:
            self._client = self._connect()
        except StartError as error:
            log_refused(self._logger, error)
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
