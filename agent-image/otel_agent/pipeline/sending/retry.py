"""Sends one request: attempts with a time limit each, waits in between, only the failed part again."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.config.model import format_duration
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.pipeline.sending.backoff import Backoff

Push = Callable[[Telemetry], Awaitable[None]]
"""One attempt. Raises RetryableError (perhaps with the failed subset) or PermanentError."""
Sleep = Callable[[float, float | None], Awaitable[None]]
"""Waits for the given seconds; the second argument is the part of it that the peer demanded."""


class RetrySender:
    """Stateless between requests; one for each exporter instance."""

    def __init__(
        self,
        push: Push,
        timeout: float,
        retry: RetryConfig,
        logger: logging.Logger,
        sleep: Sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._push = push
        self._timeout = timeout
        self._retry = retry
        self._logger = logger
        self._sleep = sleep
        self._clock = clock

    async def send(self, telemetry: Telemetry, deadline: float | None = None) -> None:
        """Return when all of `telemetry` was taken.

        Otherwise raises the `ConsumeError` of the last attempt; its `failed` is what was still not taken, None meaning all.
        As in Go, that is at once where the next attempt would come after `deadline`, when whoever waits will have gone.
        """
        backoff = Backoff(self._retry)
        began = self._clock()
        pending = telemetry
        while True:
            try:
                await self._attempt(pending)
            except ConsumeError as error:
                pending = error.failed or pending
                error.failed = None if pending is telemetry else pending
                await self._wait(error, pending, backoff, self._clock() - began, deadline)
            else:
                return

    async def _attempt(self, telemetry: Telemetry) -> None:
        try:
            async with asyncio.timeout(self._timeout or None):
                await self._push(telemetry)
        except TimeoutError as error:
            raise RetryableError(f"no answer within the timeout of {format_duration(self._timeout)}") from error
        except ConsumeError:
            raise
        except Exception as error:
            self._logger.exception("Unexpected error in an exporter")
            raise PermanentError(f"{type(error).__name__}: {error}") from error

    async def _wait(
        self, error: ConsumeError, pending: Telemetry, backoff: Backoff, elapsed: float, deadline: float | None
    ) -> None:
        """Wait for the next attempt, or raise when there is none."""
        if isinstance(error, PermanentError) or not self._retry.enabled:
            raise error
        wait = backoff.next_wait(elapsed, error.retry_after)
        if wait is None:
            raise _final("no more retries left", error) from error
        if deadline is not None and self._clock() + wait > deadline:
            raise _final("request will be cancelled before next retry", error) from error
        self._logger.info(
            "Exporting failed. Will retry the request after interval.",
            extra={"error": str(error), "interval": format_duration(wait), "items": pending.items},
        )
        await self._sleep(wait, error.retry_after)


def _final(reason: str, error: ConsumeError) -> RetryableError:
    """Return what the last attempt's error is to those who may try again themselves."""
    return RetryableError(f"{reason}: {error}", grpc_code=error.grpc_code, retry_after=error.retry_after, failed=error.failed)
