"""Gives each part of a request to its backend, and follows the set of backends. The peer of the exporter's sending side."""

import asyncio
import dataclasses
import logging
from collections.abc import Sequence

from otel_agent.exporters.load_balancing.backend import Backend
from otel_agent.exporters.load_balancing.backends import Backends
from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig
from otel_agent.exporters.load_balancing.instruments import ResolverInstruments
from otel_agent.exporters.load_balancing.outcome import Failure, joined
from otel_agent.exporters.load_balancing.rerouting import Rerouting
from otel_agent.exporters.load_balancing.resolvers import Resolver
from otel_agent.exporters.load_balancing.ring import MAX_ENDPOINTS, Ring, make_ring
from otel_agent.exporters.load_balancing.routing import division
from otel_agent.exporters.load_balancing.series import SeriesBook
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Consumer, Host
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.telemetry.sampling import Sampler

_TRIES = 3
"""Rings that a request is divided by when backends leave while it is on its way."""
_THREAD_ENDPOINTS = 300
"""Rings of more endpoints are made in a thread: a thousand take 20 ms, in which the event loop would stand still."""
_CLOSE_SECONDS = 3.0
"""What backends that are leaving get to hand over when the collector stops."""
_RESTART_SECONDS = 10.0
_LOG_SECONDS = 60.0


class Balancer:
    """A `Peer`: what it is given is taken once every part has been taken by its backend."""

    def __init__(self, config: LoadBalancingExporterConfig, resolver: Resolver, context: BuildContext) -> None:
        assert context.signal is not None
        self._divide = division(context.signal, config.routing_key, config.routing_attributes)
        queue = config.protocol.otlp.sending_queue if config.sending_queue is None else None
        self._waits = queue is None or queue.block_on_overflow or queue.wait_for_result
        self._resolver = resolver
        self._logger: logging.Logger = context.logger
        self._instruments = ResolverInstruments(context.metrics, resolver.name, context.seat)
        self._ring: Ring | None = None
        self._resolving: asyncio.Task[None] | None = None
        self._first = asyncio.Event()
        self._lines = Sampler(initial=5, thereafter=0, tick=_LOG_SECONDS)
        series: SeriesBook = context.shared("series", lambda: SeriesBook(context.metrics))
        self.successor: Consumer | None = None
        self._backends = Backends(
            lambda endpoint: Backend(endpoint, config, context),
            Rerouting(self, config.protocol.otlp.retry_on_failure, context.logger),
            series,
            context.logger,
        )

    async def open(self, host: Host) -> None:
        """Begin to look for backends; waits for the first answer no longer than the resolver allows one to take."""
        await self._backends.open(host)
        self._resolving = asyncio.create_task(self._resolve(), name="load-balancing-resolver")
        try:
            async with asyncio.timeout(self._resolver.patience):
                await self._first.wait()
        except TimeoutError:
            self._logger.warning("No backend is known yet, data is refused until one is", extra={"resolver": self._resolver.name})

    async def push(self, telemetry: Telemetry) -> None:
        """Divide and give to backends; `failed` of the error is what none has taken."""
        await self._deliver(telemetry, _TRIES)

    async def close(self) -> None:
        """Stop looking, let all backends send what they hold, or give it to the successor."""
        resolving, self._resolving = self._resolving, None
        if resolving is not None:
            resolving.cancel()
            await asyncio.gather(resolving, return_exceptions=True)
        await self._backends.close(self.successor, _CLOSE_SECONDS)
        self._ring = None

    async def found(self, endpoints: Sequence[str]) -> None:
        """Take the set of endpoints that a resolver found. An empty one is not believed while there are backends."""
        self._instruments.resolved(success=bool(endpoints))
        if not endpoints:
            self._log_rarely(logging.WARNING, f"The resolver found no backend, {self._meanwhile}")
            return
        if len(endpoints) > MAX_ENDPOINTS:
            self._log_rarely(logging.ERROR, f"More than {MAX_ENDPOINTS} backends, the others get nothing")
            endpoints = sorted(set(endpoints))[:MAX_ENDPOINTS]
        before = self._ring
        if before is not None and set(endpoints) == set(before.endpoints):
            return
        if len(endpoints) > _THREAD_ENDPOINTS:
            ring = await asyncio.to_thread(make_ring, endpoints, before)
        else:
            ring = make_ring(endpoints, before)
        self._ring = ring
        self._backends.keep(ring.endpoints)
        self._instruments.updated(len(ring.endpoints))
        self._first.set()
        self._log_rarely(logging.INFO, "The set of backends has changed", backends=len(ring.endpoints))
        if ring.without_share:
            text = "Some backends get nothing: the ring has no room for so many"
            self._log_rarely(logging.WARNING, text, backends_without_share=ring.without_share)

    def failed(self, error: str) -> None:
        """Note that a resolution failed; backends that are known stay in use."""
        self._instruments.resolved(success=False)
        self._log_rarely(logging.WARNING, f"Failed to resolve the backends, {self._meanwhile}", error=error)

    @property
    def _meanwhile(self) -> str:
        return "data is refused until one is known" if self._ring is None else "those that are known stay in use"

    async def _resolve(self) -> None:
        """Run the resolver; what it did not foresee ends neither it nor the collector."""
        while True:
            try:
                await self._resolver.run(self)
            except Exception as error:
                self._logger.exception("The resolver has failed and begins again", extra={"seconds": _RESTART_SECONDS})
                self.failed(str(error) or type(error).__name__)
                await asyncio.sleep(_RESTART_SECONDS)
            else:
                return

    async def _deliver(self, telemetry: Telemetry, tries: int) -> None:
        ring = self._ring
        if ring is None:
            raise RetryableError(
                f"couldn't find the exporter for the endpoint: the {self._resolver.name} resolver found none yet"
            )
        if len(ring.endpoints) == 1:
            await self._give(ring.endpoints[0], telemetry, tries)
            return
        try:
            parts = self._divide(telemetry.data, ring)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        shares = [
            (ring.endpoints[owner], dataclasses.replace(telemetry, data=data, items=items))
            for owner, data, items in parts
            if items
        ]
        failures = await self._give_all(shares, tries)
        if failures:
            raise joined(failures, telemetry)

    async def _give_all(self, shares: Sequence[tuple[str, Telemetry]], tries: int) -> list[Failure]:
        """Give each its share; side by side where one of them could keep the others waiting."""
        if len(shares) > 1 and self._waits:
            found = await asyncio.gather(*(self._try(endpoint, share, tries) for endpoint, share in shares))
        else:
            found = [await self._try(endpoint, share, tries) for endpoint, share in shares]
        return [failure for failure in found if failure is not None]

    async def _try(self, endpoint: str, share: Telemetry, tries: int) -> Failure | None:
        try:
            await self._give(endpoint, share, tries)
        except ConsumeError as error:
            return Failure(error, share)
        return None

    async def _give(self, endpoint: str, share: Telemetry, tries: int) -> None:
        """Give a backend its share; if it has left meanwhile, divide the share anew."""
        try:
            backend = await self._backends.of(endpoint)
            await backend.consume(share)
        except RetryableError as error:
            ring = self._ring
            if tries <= 1 or ring is None or endpoint in ring.endpoints:
                raise
            await self._deliver(error.failed or share, tries - 1)

    def _log_rarely(self, level: int, text: str, **fields: object) -> None:
        if self._lines.admit(text):
            self._logger.log(level, text, extra={"resolver": self._resolver.name, **fields})
