"""Asks a target allocator for its jobs, again and again."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from otel_agent.exporters.otlp_http.session import open_session, proxy_for
from otel_agent.pdata.telemetry import NO_CLIENT
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import ConsumeError
from otel_agent.receivers.prometheus.allocator import AllocatorError, parse_jobs
from otel_agent.receivers.prometheus.config import TargetAllocatorConfig
from otel_agent.telemetry.instruments import Counter
from otel_agent.transport.authentication import ClientAuthenticator, client_authenticator, refuse_middlewares
from otel_agent.transport.tls import keep_current

_MAX_ANSWER = 64 * 1024 * 1024
_LONGEST_SECONDS = 30.0
_FIRST_DELAY = 1.0

Adopt = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Takes the jobs as the allocator gave them, called when they differ from those before."""


class AllocatorSync:
    """Open it, then let `run` run until cancelled, then close it."""

    def __init__(self, config: TargetAllocatorConfig, adopt: Adopt, logger: logging.Logger, updates: Counter) -> None:
        self._config = config
        self._url = f"{config.endpoint.rstrip('/')}/scrape_configs"
        self._adopt = adopt
        self._logger = logger
        self._updates = updates
        self._session: aiohttp.ClientSession | None = None
        self._authenticator: ClientAuthenticator | None = None
        self._reload: asyncio.Task[None] | None = None
        self._seen = b""

    def open(self, host: Host) -> None:
        """Make the session; `StartError` for settings that cannot be used."""
        refuse_middlewares(self._config.middlewares)
        self._authenticator = client_authenticator(host, self._config.auth)
        self._session, context = open_session(self._config, self._url)
        if context is not None:
            self._reload = asyncio.get_running_loop().create_task(keep_current(context, self._config.tls, self._logger))

    async def run(self) -> None:
        """Sync at every interval; until the first success more often, ever more slowly."""
        delay, synced = _FIRST_DELAY, False
        while True:
            try:
                await self._sync()
                synced = True
            except AllocatorError as error:
                self._logger.warning("Failed to sync with the target allocator", extra={"url": self._url, "error": str(error)})
            await asyncio.sleep(self._config.interval if synced else min(delay, self._config.interval))
            delay *= 2

    async def close(self) -> None:
        """Close connections. Idempotent."""
        session, self._session = self._session, None
        if self._reload is not None:
            self._reload.cancel()
            await asyncio.gather(self._reload, return_exceptions=True)
        if session is not None:
            await session.close()

    async def _sync(self) -> None:
        body = await self._fetch()
        digest = hashlib.blake2b(body).digest()
        if digest == self._seen:
            return
        await self._adopt(parse_jobs(body))
        self._seen = digest
        self._updates.add()

    async def _fetch(self) -> bytes:
        assert self._session is not None
        headers: Mapping[str, str] = {name: str(value) for name, value in self._config.headers.items()}
        seconds = self._config.timeout or _LONGEST_SECONDS
        try:
            if self._authenticator is not None:
                headers = await self._authenticator.credentials(headers, NO_CLIENT)
            async with (
                asyncio.timeout(seconds),
                self._session.get(
                    self._url,
                    headers=headers,
                    allow_redirects=False,
                    proxy=proxy_for(self._url, self._config.proxy_url),
                    server_hostname=self._config.tls.server_name_override or None,
                ) as response,
            ):
                if response.status != 200:
                    raise AllocatorError(f"server returned HTTP status {response.status}")
                body = bytearray()
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > _MAX_ANSWER:
                        raise AllocatorError(f"the answer is larger than {_MAX_ANSWER} bytes")
                return bytes(body)
        except TimeoutError as error:
            raise AllocatorError(f"no answer within {seconds:g} s") from error
        except (aiohttp.ClientError, ConsumeError, OSError) as error:
            raise AllocatorError(str(error) or type(error).__name__) from error
