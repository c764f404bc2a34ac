"""The receiving end of the Loki exporter: converts a request, and posts what each tenant gets."""

import asyncio
import dataclasses
import logging
import time
from typing import Any, NamedTuple

import aiohttp

from otel_agent.exporters.loki.answers import MAX_MESSAGE, Answer, refusal
from otel_agent.exporters.loki.config import LokiExporterConfig
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.telemetry.sampling import Sampler
from otel_agent.transport.content_encoding import compress
from otel_agent.transport.http_session import HttpSession
from otel_agent.transport.user_agent import USER_AGENT

TENANT_HEADER = "X-Scope-OrgID"

_THREAD_BYTES = 64 * 1024
"""Requests of this size on are converted in a thread: it takes 0.2 s a MiB, in which the event loop would stand still."""
_MAX_POSTS = 10
"""Tenants that are sent to at the same time."""
_LOG_SECONDS = 60.0


class _Push(NamedTuple):
    """One POST, and the records that are in it."""

    tenant: str
    body: bytes
    origins: list[tuple[int, int, int]]


class LokiPeer:
    """The push URL."""

    def __init__(self, config: LokiExporterConfig, context: BuildContext) -> None:
        self._config = config
        self._logger: logging.Logger = context.logger
        self._session = HttpSession(config, config.endpoint, context.logger)
        self._lines = Sampler(initial=1, thereafter=0, tick=_LOG_SECONDS)
        labels = {"exporter": str(context.id)}
        unlabelled = "Number of log records that were dropped because they had no label, of which Loki demands one."
        self._without_labels = context.metrics.counter("lokiexporter_send_failed_due_to_missing_labels", unlabelled, labels)
        unwritten = "Number of log records that were dropped because their loki.format is none."
        self._without_format = context.metrics.counter("lokiexporter_send_failed_due_to_unknown_format", unwritten, labels)

    async def open(self, host: Host) -> None:
        """Make the session; nothing is sent yet."""
        self._session.open(host)

    async def push(self, telemetry: Telemetry) -> None:
        """Send once to each tenant; `failed` of the error are the records of those that did not take theirs."""
        if len(telemetry.data) >= _THREAD_BYTES:
            request, pushes, dropped = await asyncio.to_thread(self._prepare, telemetry)
        else:
            request, pushes, dropped = self._prepare(telemetry)
        self._count(*dropped)
        if not pushes:
            raise PermanentError("failed to transform logs into Loki log streams: no record has a label and a known format")
        if len(pushes) == 1 and not any(dropped):
            await self._post(pushes[0], telemetry)
            return
        turns = asyncio.Semaphore(_MAX_POSTS)

        async def attempt(push: _Push) -> tuple[_Push, ConsumeError] | None:
            async with turns:
                try:
                    await self._post(push, telemetry)
                except ConsumeError as error:
                    return push, error
            return None

        results = await asyncio.gather(*map(attempt, pushes))
        failures = [result for result in results if result is not None]
        if failures:
            raise _joined(failures, request, telemetry)  # which leaves out what was dropped, so that it is counted once

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def _prepare(self, telemetry: Telemetry) -> tuple[Any, list[_Push], tuple[int, int]]:
        """Convert and encode; returns the decoded request, too, and how many records had no label, or no format."""
        from otel_agent.exporters.loki.entries import convert  # protobuf is 5 MB that an idle collector does not need
        from otel_agent.exporters.loki.push_messages import encode_json, encode_protobuf
        from otel_agent.pdata.messages import parse

        try:
            request = parse(telemetry.signal, telemetry.data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        converted = convert(request, self._config, time.time_ns)
        pushes = []
        for tenant, batch in converted.batches.items():
            as_json = self._config.encoding == "json"
            body = encode_json(batch.streams.values()) if as_json else encode_protobuf(batch.streams)
            pushes.append(_Push(tenant, self._packed(body), batch.origins))
        return request, pushes, (converted.without_labels, converted.without_format)

    @property
    def _compression(self) -> str:
        """Return the Content-Encoding; snappy is none, for protobuf bodies are in its block format already."""
        name = self._config.compression
        return "" if name == "none" or (name == "snappy" and self._config.encoding == "protobuf") else name

    def _packed(self, body: bytes) -> bytes:
        return compress(self._compression, body, self._config.compression_params.level)

    async def _post(self, push: _Push, telemetry: Telemetry) -> None:
        headers, url = self._headers(push.tenant), self._config.endpoint
        try:
            async with await self._session.send("POST", headers, body=push.body, client=telemetry.client) as response:
                if 200 <= response.status < 300:
                    return
                body = await response.content.read(MAX_MESSAGE)
                raise refusal(Answer(response.status, body, response.headers.get("Retry-After")), time.time())
        except (aiohttp.ClientError, OSError) as error:
            raise RetryableError(f"failed to make an HTTP request to {url}: {error or type(error).__name__}") from error

    def _headers(self, tenant: str) -> dict[str, str]:
        kind = "application/json" if self._config.encoding == "json" else "application/x-protobuf"
        headers = {"User-Agent": USER_AGENT} | {name: str(value) for name, value in self._config.headers.items()}
        headers["Content-Type"] = kind
        if self._compression:
            headers["Content-Encoding"] = self._compression
        if tenant:
            headers = {name: value for name, value in headers.items() if name.lower() != TENANT_HEADER.lower()}
            headers[TENANT_HEADER] = tenant.encode("ascii", "replace").decode().translate(_NO_CONTROLS)
        return headers

    def _count(self, without_labels: int, without_format: int) -> None:
        self._without_labels.add(without_labels)
        self._without_format.add(without_format)
        if (without_labels or without_format) and self._lines.admit("dropped"):
            extra = {"without_labels": without_labels, "without_format": without_format}
            self._logger.warning("Not all log records could be converted for Loki, these are dropped", extra=extra)


_NO_CONTROLS = dict.fromkeys((*range(32), 127), "_")


def _joined(failures: list[tuple[_Push, ConsumeError]], request: Any, telemetry: Telemetry) -> ConsumeError:
    """Return one error for several tenants: what can be tried again, if any can; the others' records have been counted."""
    from otel_agent.exporters.loki.entries import only

    again = [failure for failure in failures if isinstance(failure[1], RetryableError)]
    chosen = again or failures
    origins = [origin for push, _ in chosen for origin in push.origins]
    failed = dataclasses.replace(telemetry, data=only(request, origins).SerializeToString(), items=len(origins))
    text = "; ".join(f"tenant {push.tenant or 'of the settings'}: {error}" for push, error in chosen)
    waits = [error.retry_after for _, error in again if error.retry_after is not None]
    kind = RetryableError if again else PermanentError
    return kind(text, grpc_code=chosen[0][1].grpc_code, retry_after=max(waits, default=None), failed=failed)
