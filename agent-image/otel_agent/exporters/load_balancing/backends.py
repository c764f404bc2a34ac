"""The backends in use: each begins with the first request for it and ends when its endpoint leaves the ring."""

import asyncio
import logging
from collections.abc import Callable, Collection

from otel_agent.exporters.load_balancing.backend import Backend
from otel_agent.exporters.load_balancing.series import SeriesBook
from otel_agent.pipeline.component import Consumer, Host
from otel_agent.pipeline.errors import CollectorError, RetryableError

MAX_LEAVING = 256
"""Backends that end at the same time; where endpoints flap, further ones wait their turn and keep what they hold meanwhile."""


class Backends:
    """Starts and ends backends."""

    def __init__(self, make: Callable[[str], Backend], others: Consumer, series: SeriesBook, logger: logging.Logger) -> None:
        self._make = make
        self._others = others
        self._series = series
        self._logger = logger
        self._wanted: Collection[str] = frozenset()
        self._running: dict[str, Backend] = {}
        self._starting: dict[str, asyncio.Task[Backend]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(MAX_LEAVING)
        self._host: Host | None = None

    async def open(self, host: Host) -> None:
        """Try the settings with a backend that gets nothing; `StartError` when they cannot be used."""
        self._host = host
        trial = self._make("localhost")
        try:
            await trial.start(host)
        finally:
            await trial.leave(None)
        self._forget(trial)

    async def of(self, endpoint: str) -> Backend:
        """Return the backend of an endpoint, started; RetryableError when it has left, or cannot be started."""
        running = self._running.get(endpoint)
        if running is not None:
            return running
        if endpoint not in self._wanted:
            raise RetryableError(f"backend {endpoint} has left")
        starting = self._starting.get(endpoint)
        if starting is None:
            starting = self._starting[endpoint] = asyncio.create_task(self._start(endpoint), name=f"backend-{endpoint}")
        try:
            return await asyncio.shield(starting)
        except CollectorError as error:
            raise RetryableError(f"backend {endpoint} cannot be used: {error}") from error

    def keep(self, endpoints: Collection[str]) -> None:
        """Let all others leave; what they hold goes elsewhere."""
        self._wanted = frozenset(endpoints)
        for endpoint in [endpoint for endpoint in self._running if endpoint not in self._wanted]:
            self._let_go(self._running.pop(endpoint))

    async def close(self, successor: Consumer | None, seconds: float) -> None:
        """End all, those that are leaving first, for they hand over to the others; `seconds` is what these get for it."""
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=seconds)
        for task in [*self._leaving, *self._starting.values()]:
            task.cancel()
        await asyncio.gather(*self._leaving, *self._starting.values(), return_exceptions=True)
        self._wanted = frozenset()
        running, self._running = list(self._running.values()), {}
        await asyncio.gather(*(backend.leave(successor) for backend in running))

    async def _start(self, endpoint: str) -> Backend:
        assert self._host is not None
        backend = self._make(endpoint)
        self._series.enter("endpoint", endpoint)
        self._series.enter("exporter", str(backend.id))
        try:
            await backend.start(self._host)
        except BaseException:
            await backend.leave(None)
            self._forget_series(backend)
            raise
        finally:
            del self._starting[endpoint]
        if endpoint in self._wanted:
            self._running[endpoint] = backend
        else:
            self._let_go(backend)
        return backend

    def _let_go(self, backend: Backend) -> None:
        task = asyncio.create_task(self._end(backend), name=f"backend-{backend.endpoint}-leaves")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _end(self, backend: Backend) -> None:
        async with self._turns:
            try:
                await backend.leave(self._others)
            except Exception:
                self._logger.exception("A backend failed to end", extra={"endpoint": backend.endpoint})
        self._forget_series(backend)

    def _forget(self, backend: Backend) -> None:
        """Drop the series of one that was never in use."""
        self._series.enter("endpoint", backend.endpoint)
        self._series.enter("exporter", str(backend.id))
        self._forget_series(backend)

    def _forget_series(self, backend: Backend) -> None:
        self._series.leave("endpoint", backend.endpoint)
        self._series.leave("exporter", str(backend.id))
