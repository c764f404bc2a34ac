"""One backend: an OTLP/gRPC exporter of its own, and what is being given to it."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Awaitable

from otel_agent.config.component import ComponentId
from otel_agent.exporters.load_balancing.addresses import with_port
from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig
from otel_agent.exporters.load_balancing.instruments import BackendInstruments
from otel_agent.exporters.otlp_grpc.peer import GrpcPeer
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Consumer, Host
from otel_agent.pipeline.errors import ConsumeError, RetryableError
from otel_agent.pipeline.sending import SendingExporter
from otel_agent.pipeline.sending.exporter import HAND_OVER_SECONDS
from otel_agent.pipeline.sending.measured import measure_grpc

DRAIN_SECONDS = 15.0
"""How long a backend drains when the collector stops; requests on their way to it have to come before it."""


class Backend:
    """Takes requests from its start to its shutdown."""

    def __init__(self, endpoint: str, config: LoadBalancingExporterConfig, context: BuildContext) -> None:
        assert context.signal is not None
        self.endpoint = endpoint
        self.id = _id(context.id, endpoint)
        own = config.protocol.otlp.model_copy(update={"endpoint": with_port(endpoint)})
        # Go does so, too: two queues behind each other would only hide each other's state
        queue = own.sending_queue if config.sending_queue is None else None
        self._queued = queue is not None
        inner = dataclasses.replace(context, id=self.id, logger=_logger(context.logger, endpoint))
        self._exporter = SendingExporter(
            peer=measure_grpc(GrpcPeer(own, context.signal, inner.logger), inner),
            timeout=own.timeout,
            retry=own.retry_on_failure,
            queue=queue,
            context=inner,
            drain_seconds=DRAIN_SECONDS,
        )
        self._instruments = BackendInstruments(context.metrics, endpoint)
        self._leaving = asyncio.Event()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self, host: Host) -> None:
        """Begin; `StartError` for settings that cannot be used. Nothing is connected yet."""
        await self._exporter.start(host)

    async def consume(self, telemetry: Telemetry) -> None:
        """Give it a request; RetryableError also when it is leaving."""
        if self._leaving.is_set():
            raise RetryableError(f"backend {self.endpoint} is leaving")
        began = time.perf_counter()
        self._busy += 1
        self._idle.clear()
        try:
            if self._queued:
                await self._exporter.consume(telemetry)
            else:
                await self._unless_leaving(self._exporter.consume(telemetry))
        except ConsumeError:
            self._instruments.record(time.perf_counter() - began, success=False)
            raise
        else:
            self._instruments.record(time.perf_counter() - began, success=True)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def leave(self, successor: Consumer | None) -> None:
        """End. With a successor, it gets what cannot be sent within a moment; without, draining takes its time.

        Who waits for room in the queue is refused by its end; who waits for an answer without a queue is not, so they go first.
        """
        self._exporter.successor = successor
        if successor is not None:
            self._leaving.set()
            if not self._queued:
                await self._idle.wait()
        await self._exporter.shutdown()
        if successor is not None:
            await self._idle.wait()

    async def _unless_leaving(self, sending: Awaitable[None]) -> None:
        """Wait for a request that may hang, but not for ever once the backend leaves: then it is to go elsewhere."""
        task = asyncio.ensure_future(sending)
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait((task, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait((task,), timeout=HAND_OVER_SECONDS)
            if not task.done():
                raise RetryableError(f"backend {self.endpoint} left before it answered")
            await task
        finally:
            leaving.cancel()
            task.cancel()
            await asyncio.gather(task, leaving, return_exceptions=True)


def _id(owner: ComponentId, endpoint: str) -> ComponentId:
    """Return the id that labels a backend's series."""
    return ComponentId(owner.type, f"{owner.name}_{endpoint}" if owner.name else endpoint)


def _logger(parent: logging.Logger, endpoint: str) -> logging.Logger:
    """Return the exporter's logger with the endpoint in every line; one that nobody keeps, as backends come and go."""

    def add_endpoint(record: logging.LogRecord) -> bool:
        record.__dict__.setdefault("endpoint", endpoint)
        return True

    logger = logging.Logger(parent.name)
    logger.parent = parent
    logger.filters = [*parent.filters, add_endpoint]
    return logger
