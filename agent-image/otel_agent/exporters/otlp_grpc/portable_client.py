"""The exporter's calls by grpcio, for what the native client is not built for or cannot do."""

import asyncio
import logging
from collections.abc import Iterable, Mapping

from grpc import aio

from otel_agent.config.blocks.grpc_client import GrpcClientConfig
from otel_agent.exporters.otlp_grpc.client import CallFailed
from otel_agent.exporters.otlp_grpc.portable_channel import open_channel
from otel_agent.pdata.telemetry import Signal
from otel_agent.transport.grpc_services import export_method
from otel_agent.transport.status_codes import GrpcCode

_DETAILS = "grpc-status-details-bin"


class PortableClient:
    """One channel, one method."""

    def __init__(self, config: GrpcClientConfig, signal: Signal, timeout: float, logger: logging.Logger) -> None:
        """Make the channel; `StartError` for TLS settings that cannot be used."""
        self._timeout = timeout
        self._wait_for_ready = config.wait_for_ready
        self._channel = open_channel(config, logger)
        self._export: aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(export_method(signal), None, None)

    async def export(self, data: bytes, headers: Mapping[str, str]) -> bytes:
        """Call once."""
        try:
            return await self._export(
                data,
                timeout=self._timeout or None,
                metadata=_metadata(headers),
                wait_for_ready=self._wait_for_ready,
            )
        except aio.AioRpcError as error:
            raise CallFailed(error.code().value[0], error.details() or "", _details(error)) from error
        except ValueError as error:
            raise CallFailed(GrpcCode.INTERNAL, str(error)) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise CallFailed(GrpcCode.CANCELLED, "the channel was closed") from error

    async def close(self, grace: float) -> None:
        """Close the channel."""
        await self._channel.close(grace)


def _metadata(headers: Mapping[str, str]) -> tuple[tuple[str, str | bytes], ...]:
    """Headers as grpcio wants them: lower-case names, bytes where the name ends in -bin."""
    lower = ((name.lower(), str(value)) for name, value in headers.items())
    return tuple((name, value.encode() if name.endswith("-bin") else value) for name, value in lower)


def _details(error: aio.AioRpcError) -> bytes | None:
    trailers: Iterable[tuple[str, str | bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment] # pairs, not one
    return next((value for key, value in trailers if key == _DETAILS and isinstance(value, bytes)), None)
