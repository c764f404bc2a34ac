"""The program's life: probes first, then a certificate, then the TLS listener; at the end the other way round."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from otel_operator.webhook.certificates.authority import parse
from otel_operator.webhook.endpoints import Handler, Limits, Route, application
from otel_operator.webhook.footprint import narrow_tls_buffers, return_large_buffers, settle_memory
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.probes import metrics_application, probe_application
from otel_operator.webhook.tls import ServingContext

log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0
_DRAIN_SECONDS = 10.0
_KEEPALIVE_SECONDS = 120.0
"""Longer than API servers keep an idle connection (90 s): if we closed first, a review sent at that moment would be lost."""


class CertificateSource(Protocol):
    """Fills a ServingContext."""

    def refresh(self) -> Coroutine[Any, Any, None]:
        """Look for a newer certificate and install it."""
        ...


class Background(Protocol):
    """Work beside the listeners, such as keeping caches."""

    def not_ready(self) -> str | None:
        """Return why requests should not come here yet, None when they may."""
        ...

    def run(self) -> Coroutine[Any, Any, None]:
        """Work until cancelled; an error ends the program."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes a free one, host None means every address of both IP versions."""

    port: int
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """All addresses and times of the program."""

    webhooks: Address = Address(9443)
    probes: Address = Address(8081)
    metrics: Address = Address(8080)
    shutdown_delay: float = 5.0
    """Seconds between going unready and closing: until then API servers may still send to this replica."""
    refresh_seconds: float = 30.0
    limits: Limits = field(default_factory=Limits)


class WebhookProgram:
    """Serves `handlers` until `stop` is called."""

    def __init__(
        self,
        handlers: Mapping[str, Handler | Route],
        source: CertificateSource,
        context: ServingContext,
        metrics: WebhookMetrics,
        listening: Listening,
        background: Background | None = None,
    ) -> None:
        self._handlers = handlers
        self._source = source
        self._context = context
        self._metrics = metrics
        self._listening = listening
        self._background = background
        self._stop = asyncio.Event()
        self._not_ready: str | None = "waiting for the serving certificate"
        self._runners: list[web.AppRunner] = []
        self.alive = asyncio.Event()
        """Set once probes are answered; `probe_port` is known then."""
        self.ready = asyncio.Event()
        """Set once webhooks are served; `port` is known then."""
        self.port = 0
        self.probe_port = 0

    def stop(self) -> None:
        """Ask `run` to finish; may be called from a signal handler, and twice."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until stopped. OSError when a port cannot be had; what the background work raised when that ended."""
        listening = self._listening
        background: asyncio.Task[None] | None = None
        try:
            self.probe_port = await self._listen(probe_application(self._reason_not_ready), listening.probes)
            await self._listen(metrics_application(self._metrics), listening.metrics)
            self.alive.set()
            if self._background is not None:
                background = asyncio.create_task(self._background.run(), name="background")
                background.add_done_callback(lambda _: self.stop())
            while not await self._refreshed() and not await self._stopped_within(_RETRY_SECONDS):
                pass
            if not self._stop.is_set():
                await self._serve()
        finally:
            self._not_ready = "shutting down"
            for runner in reversed(self._runners):
                await runner.cleanup()
            if background is not None:
                background.cancel()
                with suppress(asyncio.CancelledError):
                    await background

    def _reason_not_ready(self) -> str | None:
        return self._not_ready or (self._background.not_ready() if self._background is not None else None)

    async def _serve(self) -> None:
        app = application(self._handlers, self._metrics, self._listening.limits)
        narrow_tls_buffers()
        return_large_buffers()
        self.port = await self._listen(app, self._listening.webhooks, self._context)
        settle_memory()
        self._not_ready = None
        self.ready.set()
        log.info("serving webhooks on port %d", self.port)
        while not await self._stopped_within(self._listening.refresh_seconds):
            await self._refreshed()
        self._not_ready = "shutting down"
        log.info("stopping in %g s", self._listening.shutdown_delay)
        await asyncio.sleep(self._listening.shutdown_delay)

    async def _refreshed(self) -> bool:
        refresh, stop = asyncio.create_task(self._source.refresh()), asyncio.create_task(self._stop.wait())
        try:
            # A refresh may wait for the API server longer than we may take to stop.
            await asyncio.wait((refresh, stop), return_when=asyncio.FIRST_COMPLETED)
            if not refresh.done():
                return False
            refresh.result()
        except Exception as error:  # noqa: BLE001 - the loop's edge: whatever fails, what is served now goes on being served
            self._metrics.certificate_failures.inc()
            log.warning("certificate not refreshed, trying again: %s: %s", type(error).__name__, error)
            return False
        finally:
            for task in (refresh, stop):
                task.cancel()
            await asyncio.wait((refresh, stop))
        self._metrics.certificate_expiry.set(parse(self._context.certificate).not_valid_after_utc.timestamp())
        return True

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _listen(self, app: web.Application, address: Address, context: ServingContext | None = None) -> int:
        """Start a server and return its port."""
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_DRAIN_SECONDS,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            auto_decompress=False,  # API servers never compress reviews; what a body inflates to would escape the byte budget
        )
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, address.host, address.port, ssl_context=context.ssl if context else None)
        await site.start()
        return int(runner.addresses[0][1])
