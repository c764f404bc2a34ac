"""Gives what a backend could not send any more to the others."""

import asyncio
import logging
import random

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import ConsumeError, RetryableError
from otel_agent.pipeline.sending import Peer

MAX_AT_ONCE = 16
"""Requests that look for room with the others at the same time; further ones wait their turn where they are."""
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 0.2
_WITHOUT_RETRY_SECONDS = 30.0


class Rerouting:
    """The consumer that all leaving backends hand over to."""

    def __init__(self, peer: Peer, retry: RetryConfig, logger: logging.Logger) -> None:
        self._peer = peer
        self._seconds = (retry.max_elapsed_time or float("inf")) if retry.enabled else _WITHOUT_RETRY_SECONDS
        self._logger = logger
        self._turns = asyncio.Semaphore(MAX_AT_ONCE)

    async def consume(self, telemetry: Telemetry) -> None:
        """Hand on, trying as long as any request is tried while the others have no room; raises what the last attempt did."""
        try:
            async with self._turns:
                await self._deliver(telemetry)
        except ConsumeError as error:
            items = error.failed.items if error.failed else telemetry.items
            extra = {"error": str(error), "dropped_items": items}
            self._logger.error("What a backend held when it left cannot be sent elsewhere. Dropping data.", extra=extra)
            raise

    async def _deliver(self, telemetry: Telemetry) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        wait = _FIRST_WAIT
        while True:
            try:
                await self._peer.push(telemetry)
            except RetryableError as error:
                if loop.time() > deadline:
                    raise
                telemetry = error.failed or telemetry
            else:
                return
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 -- keeps them apart, protects nothing
            wait = min(2 * wait, _LONGEST_WAIT)
