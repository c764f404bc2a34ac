"""The exporter that others are made of: give it a peer that can push one request, and it queues, retries and drains."""

import asyncio
import functools
import logging
from typing import Protocol

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Consumer, Host
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.pipeline.sending.drain import DRAIN_SECONDS, Drain, Interrupted
from otel_agent.pipeline.sending.failures import FailureCounters
from otel_agent.pipeline.sending.health import PeerHealth
from otel_agent.pipeline.sending.memory_queue import ABANDONED, MemoryQueue
from otel_agent.pipeline.sending.retry import RetrySender
from otel_agent.pipeline.sending.sending_queue import SendingQueue
from otel_agent.pipeline.sending.tickets import Job
from otel_agent.telemetry.queue_sizes import queue_sizes

HAND_OVER_SECONDS = 1.0
"""How long a replaced exporter tries to empty its queue before its successor gets what is left."""


class Peer(Protocol):
    """The other end, as an exporter sees it."""

    async def open(self, host: Host) -> None:
        """Make ready to push. Must not wait for the peer to be reachable; `StartError` for unusable settings."""
        ...

    async def push(self, telemetry: Telemetry) -> None:
        """One attempt. RetryableError (perhaps with `failed` and `retry_after`) or PermanentError when it was not taken."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class SendingExporter:
    """An `Exporter` around a peer, for one signal.

    Shutdown goes further than the Go collector, which tries each queued request once: it keeps retrying until
    `drain_seconds` have passed, and counts and logs what is left then. A persistent queue only ends the attempts that run, and
    keeps the rest.
    """

    def __init__(
        self,
        *,
        peer: Peer,
        timeout: float,
        retry: RetryConfig,
        queue: QueueConfig | None,
        context: BuildContext,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        assert context.signal is not None
        self._peer = peer
        self._config = queue
        self._retry = retry
        self._logger: logging.Logger = context.logger
        self._metrics = context.metrics.exporter(context.id, context.signal)
        self._failed = FailureCounters(context.metrics, context.id, context.signal)
        self._sizes = queue_sizes(context.metrics, context.id)
        self._drain_seconds = drain_seconds
        self.successor: Consumer | None = None
        self._queue = _make_queue(queue, context) if queue is not None else None
        self._drain = Drain(interrupts=self._queue is not None and self._queue.durable)
        self._health = PeerHealth(peer.push, context.id)
        self._sender = RetrySender(self._health.push, timeout, retry, context.logger, self._drain.sleep)
        self._workers: list[asyncio.Task[None]] = []
        self._current: set[Job] = set()
        self._opened = False
        self._show_queue = functools.partial(context.metrics.exporter_queue, context.id, context.signal)

    @property
    def overlaps(self) -> bool:
        """Whether a replacement may run beside it: yes, unless the queue is in files."""
        return self._queue is None or not self._queue.durable

    async def start(self, host: Host) -> None:
        """Open the peer and start the consumers; `StartError` for settings that cannot be honoured."""
        self._opened = True
        self._health.host = host
        await self._peer.open(host)
        if self._queue is not None and self._config is not None:
            sizes = self._queue
            await sizes.open(host)
            # not sooner: an exporter that is only built, to try a configuration, must not hide the queue of the running one
            self._show_queue(lambda: sizes.size, lambda: sizes.capacity)
            self._workers = [asyncio.create_task(self._work(self._queue)) for _ in range(self._config.num_consumers)]

    async def consume(self, telemetry: Telemetry) -> None:
        """Queue a request (or, without a queue, send it); requests without items are ignored."""
        if telemetry.items == 0:
            return
        try:
            if self._queue is None:
                await self._send(telemetry, telemetry.deadline)
            else:
                await self._enqueue(self._queue, telemetry)
        except ConsumeError as error:
            hint = "" if self._queue else " Try enabling sending_queue to survive temporary failures."
            self._logger.error(
                f"Exporting failed. Rejecting data.{hint}", extra={"error": str(error), "rejected_items": telemetry.items}
            )
            raise

    async def shutdown(self) -> None:
        """Send everything accepted, or keep it, within the drain time; what is lost is counted and logged."""
        if not self._opened:
            return
        self._opened = False
        self._drain.begin()
        try:
            if self._queue is not None:
                self._queue.close()
                await self._wait_drained(self._queue)
                if self.successor is not None and not self._queue.durable:
                    await self._hand_over(self._queue, self.successor)
        finally:
            self._abandon()
            await asyncio.gather(*self._workers, return_exceptions=True)
            if self._queue is not None:
                await self._queue.release()
            await self._peer.close()

    async def _hand_over(self, queue: SendingQueue, successor: Consumer) -> None:
        """Give what is left to another exporter. An attempt that is cut off may have arrived, so it may arrive twice."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        left = [*self._current, *queue.take_waiting()]
        self._current.clear()
        for number, job in enumerate(left):
            try:
                await successor.consume(job.telemetry)
            except asyncio.CancelledError:
                error = RetryableError(ABANDONED)
                dropped = sum(rest.telemetry.items for rest in left[number:])
                self._failed.add(dropped, error)
                self._log_dropped(error, dropped)
                raise
            except ConsumeError as error:
                self._failed.add(job.telemetry.items, error)
                await queue.settle(job, error)
            else:
                await queue.settle(job, None)

    async def _wait_drained(self, queue: SendingQueue) -> None:
        seconds = self._drain_seconds if self.successor is None else min(self._drain_seconds, HAND_OVER_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                await queue.wait_until_idle()
        except TimeoutError:
            if self.successor is None:
                self._logger.error("Sending queue was not empty in time at shutdown", extra={"seconds": seconds})

    def _abandon(self) -> None:
        """Stop the consumers and give up what they hold and what waits."""
        for worker in self._workers:
            worker.cancel()
        if self._queue is None:
            return
        dropped = self._queue.abandon(list(self._current))
        self._current.clear()
        if dropped:
            error = RetryableError(ABANDONED)
            self._failed.add(dropped, error)
            self._log_dropped(error, dropped)

    async def _enqueue(self, queue: SendingQueue, telemetry: Telemetry) -> None:
        try:
            ticket = await queue.put(telemetry)
        except ConsumeError:
            self._metrics.enqueue_failed.add(telemetry.items)
            raise
        if self._sizes is not None:
            self._sizes.put(telemetry.items, len(telemetry.data))
        if ticket.result is not None:
            await ticket.result

    async def _work(self, queue: SendingQueue) -> None:
        while True:
            await self._process(queue, await queue.get())  # no name here holds a request while there is no other

    async def _process(self, queue: SendingQueue, job: Job) -> None:
        self._current.add(job)
        if self._sizes is not None:
            self._sizes.took(job.telemetry.items, len(job.telemetry.data))
        failure: ConsumeError | None = None
        try:
            await self._send(job.telemetry)
        except Interrupted as error:
            failure = error.with_traceback(None)
        except ConsumeError as error:
            # The frames of a traceback hold the error: in a cycle they would keep the request until garbage is collected.
            failure = error.with_traceback(None)
            self._log_dropped(error, error.failed.items if error.failed else job.telemetry.items)
        self._current.discard(job)
        await queue.settle(job, failure)

    async def _send(self, telemetry: Telemetry, deadline: float | None = None) -> None:
        """Send with retries, by `deadline` if somebody waits, and count the outcome."""
        self._metrics.in_flight.add(1)
        try:
            await self._sender.send(telemetry, deadline)
        except Interrupted:
            raise
        except ConsumeError as error:
            failed = error.failed.items if error.failed else telemetry.items
            self._failed.add(failed, error)
            self._metrics.sent.add(telemetry.items - failed)
            raise
        else:
            self._metrics.sent.add(telemetry.items)
        finally:
            self._metrics.in_flight.add(-1)

    def _log_dropped(self, error: ConsumeError, items: int) -> None:
        off = not self._retry.enabled and not isinstance(error, PermanentError)
        hint = " Try enabling retry_on_failure config option to retry on retryable errors." if off else ""
        self._logger.error(f"Exporting failed. Dropping data.{hint}", extra={"error": str(error), "dropped_items": items})


def _make_queue(config: QueueConfig, context: BuildContext) -> SendingQueue:
    if config.storage is None:
        return MemoryQueue(config)
    from otel_agent.pipeline.sending.persistent_queue import PersistentQueue  # its libraries only where it is used

    return PersistentQueue(config, config.storage, context)
