"""The exporter's calls by the extension: hyper connects, sends and waits in a thread of its own; here requests are packed."""

import asyncio
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from otel_agent.config.blocks.grpc_client import GrpcClientConfig
from otel_agent.exporters.otlp_grpc.client import CallFailed
from otel_agent.exporters.otlp_grpc.native_inbox import End, inbox
from otel_agent.exporters.otlp_grpc.native_metadata import from_wire, to_wire
from otel_agent.exporters.otlp_grpc.native_settings import MAX_ANSWER, channel_settings
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody, compress, decompress
from otel_agent.transport.grpc_services import export_method
from otel_agent.transport.status_codes import GrpcCode

_THREAD_BYTES = 256 * 1024
"""Requests of this size on are packed in a thread, so that others in the event loop are not kept waiting."""
_MAX_MESSAGE = 2**32 - 1
"""What the length before a gRPC message can say."""


_CODECS = {"snappy": "x-snappy-framed"}
"""Where gRPC means another format than HTTP by the same name (as the Go collector packs)."""


class NativeClient:
    """One channel, one method."""

    def __init__(self, config: GrpcClientConfig, signal: Signal, timeout: float, module: ModuleType) -> None:
        """Make the channel in the running event loop; `StartError` for TLS settings that cannot be used."""
        settings = channel_settings(config)
        self._encoding = config.compression if config.compression != "none" else ""
        self._codec = _CODECS.get(self._encoding, self._encoding)
        self._path = export_method(signal)
        self._timeout = timeout
        self._wait_for_ready = config.wait_for_ready
        self._calls: set[asyncio.Future[End]] = set()
        self._inbox = inbox(module)
        try:
            self._channel: Any = module.GrpcChannel(settings, self._inbox.completed)
        except ValueError as error:
            self._inbox.end()
            raise StartError(f"tls: the certificate, key or CA cannot be used: {error}") from error

    async def export(self, data: bytes, headers: Mapping[str, str]) -> bytes:
        """Call once."""
        message = await self._packed(data)
        if len(message) > _MAX_MESSAGE:
            raise CallFailed(GrpcCode.INTERNAL, f"a request of {len(message)} bytes does not fit into a gRPC message")
        token, future = self._inbox.expect()
        self._calls.add(future)
        try:
            self._channel.call(token, self._path, to_wire(headers), self._encoding, message, self._timeout, self._wait_for_ready)
            code, text, details, answer, encoding = await future
        except ValueError as error:
            raise CallFailed(GrpcCode.INTERNAL, str(error)) from error
        except asyncio.CancelledError:
            self._channel.cancel(token)
            raise
        finally:
            self._calls.discard(future)
            self._inbox.forget(token)
        if code != GrpcCode.OK:
            raise CallFailed(code, text, from_wire(details) if details is not None else None)
        return answer if encoding is None else _unpacked(encoding, answer)

    async def close(self, grace: float) -> None:
        """Close the channel."""
        if self._calls:
            await asyncio.wait(self._calls, timeout=grace)
        self._channel.close()
        self._inbox.take()
        self._inbox.end()

    async def _packed(self, data: bytes) -> bytes:
        if not self._encoding:
            return data
        if len(data) < _THREAD_BYTES:
            return compress(self._codec, data)
        return await asyncio.to_thread(compress, self._codec, data)


def _unpacked(encoding: str, answer: bytes) -> bytes:
    try:
        return decompress(encoding, answer, MAX_ANSWER)
    except BodyTooLarge as error:
        text = f"received message larger than max ({MAX_ANSWER} bytes)"
        raise CallFailed(GrpcCode.RESOURCE_EXHAUSTED, text) from error
    except MalformedBody as error:
        raise CallFailed(GrpcCode.INTERNAL, f"cannot decompress the answer: {error}") from error
    except LookupError as error:
        raise CallFailed(GrpcCode.INTERNAL, f"the answer is packed with {encoding[:32]}, which was not asked for") from error
