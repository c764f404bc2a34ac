"""Asks a target allocator for its jobs, again and again."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import ConsumeError
from otel_agent.receivers.prometheus.allocator import AllocatorError, parse_jobs
from otel_agent.receivers.prometheus.config import TargetAllocatorConfig
from otel_agent.telemetry.instruments import Counter
from otel_agent.transport.http_answer import AnswerTooLong, read_answer
from otel_agent.transport.http_session import HttpSession

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
        self._session = HttpSession(config, self._url, logger)
        self._seen = b""

    def open(self, host: Host) -> None:
        """Make the session; `StartError` for settings that cannot be used."""
        self._session.open(host)

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
        await self._session.close()

    async def _sync(self) -> None:
        body = await self._fetch()
        digest = hashlib.blake2b(body).digest()
        if digest == self._seen:
            return
        await self._adopt(parse_jobs(body))
        self._seen = digest
        self._updates.add()

    async def _fetch(self) -> bytes:
        headers = {name: str(value) for name, value in self._config.headers.items()}
        seconds = self._config.timeout or _LONGEST_SECONDS
        try:
            async with asyncio.timeout(seconds), await self._session.send("GET", headers) as response:
                if response.status != 200:
                    raise AllocatorError(f"server returned HTTP status {response.status}")
                return await read_answer(response, _MAX_ANSWER)
        except TimeoutError as error:
            raise AllocatorError(f"no answer within {seconds:g} s") from error
        except (aiohttp.ClientError, AnswerTooLong, ConsumeError, OSError) as error:
            raise AllocatorError(str(error) or type(error).__name__) from error
