"""The receiving end of the OTLP/HTTP exporter: posts a request's bytes."""

import asyncio
import logging
import time

import aiohttp

from otel_agent.exporters.otlp_http.answers import JSON, PROTOBUF, Answer, refusal
from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.otlp_json import request_to_json
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.transport.content_encoding import compress
from otel_agent.transport.export_response import parse_response
from otel_agent.transport.http_session import HttpSession
from otel_agent.transport.user_agent import USER_AGENT

_MAX_ANSWER = 64 * 1024
_THREAD_BYTES = 64 * 1024
"""Requests of this size on are turned into JSON in a thread: it takes 0.1 s a MiB, in which the event loop would stand still."""


class HttpPeer:
    """One signal's URL."""

    def __init__(self, config: OtlpHttpExporterConfig, signal: Signal, logger: logging.Logger) -> None:
        self._config = config
        self._signal = signal
        self._logger = logger
        self._url = config.url(signal)
        self._headers = _headers(config)
        self._session = HttpSession(config, self._url, logger)

    async def open(self, host: Host) -> None:
        """Make the session; nothing is sent yet."""
        self._session.open(host)

    async def push(self, telemetry: Telemetry) -> None:
        """Send once; raises what `answers.refusal` makes of the answer, RetryableError when there is none."""
        if self._config.encoding == "json" and len(telemetry.data) >= _THREAD_BYTES:
            body = await asyncio.to_thread(self._pack, telemetry)
        else:
            body = self._pack(telemetry)
        try:
            async with await self._session.send("POST", self._headers, body=body, client=telemetry.client) as response:
                await self._judge(response)
        except (aiohttp.ClientError, OSError) as error:
            raise RetryableError(f"failed to make an HTTP request to {self._url}: {error or type(error).__name__}") from error

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def _pack(self, telemetry: Telemetry) -> bytes:
        return compress(self._config.compression, self._encode(telemetry), self._config.compression_params.level)

    def _encode(self, telemetry: Telemetry) -> bytes:
        if self._config.encoding == "proto":
            return telemetry.data
        try:
            return request_to_json(telemetry.signal, telemetry.data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error

    async def _judge(self, response: aiohttp.ClientResponse) -> None:
        taken = 200 <= response.status < 300
        try:
            body = await _read_start(response)
        except aiohttp.ClientError as error:
            if not taken:
                raise
            # the peer has the data, and would have it twice after another attempt
            self._logger.warning("The answer to an accepted request cannot be read", extra={"error": str(error)})
            return
        if not taken:
            answer = Answer(response.status, response.content_type, body, response.headers.get("Retry-After"))
            raise refusal(self._url, answer, time.time())
        if response.content_type not in (JSON, PROTOBUF):
            return
        try:
            partial = parse_response(self._signal, body, is_json=response.content_type == JSON)
        except ValueError as error:
            raise PermanentError(f"{self._url}: {error}") from error
        if partial is not None:
            extra = {"message_from_peer": partial.message, "rejected_items": partial.rejected}
            self._logger.warning("Partial success response", extra=extra)


def _headers(config: OtlpHttpExporterConfig) -> dict[str, str]:
    headers = {"Content-Type": JSON if config.encoding == "json" else PROTOBUF, "User-Agent": USER_AGENT}
    if config.compression not in ("", "none"):
        headers["Content-Encoding"] = config.compression
    return headers | {name: str(value) for name, value in config.headers.items()}


async def _read_start(response: aiohttp.ClientResponse) -> bytes:
    """Read at most 64 KiB; a longer answer costs the connection."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_ANSWER:
            response.close()
            break
    return b"".join(chunks)[:_MAX_ANSWER]
