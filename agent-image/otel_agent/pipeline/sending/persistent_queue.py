"""The sending queue on a storage extension: accepted means written, and forgotten only after it was sent or given up.

Each request is one stored value under its decimal index, so what is stored when the queue opens is what was not finished before,
dispatched or not, in the order of its acceptance. In memory there are only its index and size, until a consumer is free for it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from otel_agent.config.blocks.exporter_queue import QueueConfig
from otel_agent.config.component import ComponentId
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import ConsumeError, RetryableError, StartError
from otel_agent.pipeline.sending.admission import Admission, stopping
from otel_agent.pipeline.sending.batching import Batcher
from otel_agent.pipeline.sending.drain import Interrupted
from otel_agent.pipeline.sending.stored_request import UndecodableRequestError, decode, encode
from otel_agent.pipeline.sending.tickets import Job, Ticket, job_of
from otel_agent.pipeline.storage import StorageClient, StorageError, open_inherited, open_storage


class PersistentQueue:
    """A `SendingQueue` that survives the process. `storage` names the extension."""

    durable = True

    def __init__(self, config: QueueConfig, storage: ComponentId, context: BuildContext) -> None:
        self._context = context
        self._storage = storage
        self._logger: logging.Logger = context.logger
        self._admission = Admission(config)
        self._capacity = self._admission.capacity
        self._consumers = config.num_consumers
        self._waiting: asyncio.Queue[Ticket] = asyncio.Queue()
        """Requests that are only in the storage."""
        self._ready: asyncio.Queue[Job] = asyncio.Queue()
        """Jobs whose data is in memory; not more than there are consumers, but for parts of one batch."""
        self._fresh: dict[str, Telemetry] = {}
        """Some of those waiting, by key, that need not be read again; not more than there are consumers."""
        self._taken = asyncio.Event()
        """Set when a consumer took a job."""
        self._batcher = Batcher(config.batch, config.batch_sizer, self._hand_out) if config.batch else None
        self._running: set[Job] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._next_index = 0
        self._client: StorageClient | None = None
        self._inherited: dict[str, tuple[StorageClient, str]] = {}
        """Requests that other workers left, by the key of their ticket: where they are, and their key there."""
        self._former: Counter[StorageClient] = Counter()
        """Their storages, and how many requests are left in each."""
        self._reader: asyncio.Task[None] | None = None
        labels = {"exporter": str(context.id), "data_type": str(context.signal)}
        self._undecodable = context.metrics.counter(
            "exporter_queue_undecodable_requests", "Stored requests that could not be read and were dropped.", labels
        )

    @property
    def size(self) -> int:
        """What is taken up, in units of the sizer."""
        return self._capacity.used

    @property
    def capacity(self) -> int:
        """Most that can be taken up; more may be found at start, when the setting was lowered."""
        return self._capacity.limit

    async def open(self, host: Host) -> None:
        """Open the storage and put back what was not finished before."""
        context = self._context
        try:
            client = await open_storage(host, self._storage, context.kind, context.id, str(context.signal))
        except StartError as error:
            raise StartError(f"sending_queue::{error}") from error
        self._client = client
        found = _in_order(client)
        for key in [*found, *await self._inherit(host)]:
            telemetry = await self._read(key)
            if telemetry is not None:
                ticket = Ticket(self._admission.measure(telemetry), telemetry.items, key=key)
                self._capacity.take_anyway(ticket.size)
                self._waiting.put_nowait(ticket)
        if found:
            self._next_index = int(found[-1]) + 1
        if self._waiting.qsize():
            self._logger.info("Requests of an earlier run are sent first", extra={"requests": self._waiting.qsize()})
        self._reader = asyncio.create_task(self._read_on(), name=f"{context.id}-{context.signal}-queue")

    async def _inherit(self, host: Host) -> list[str]:
        """Open what workers that there are no longer left, and return keys for it."""
        context = self._context
        found = await open_inherited(host, self._storage, context.kind, context.id, str(context.signal))
        for number, former in enumerate(found):
            keys = _in_order(former)
            self._inherited |= {f"{number}/{key}": (former, key) for key in keys}
            self._former[former] = len(keys)
        for former in found:
            await self._close_if_empty(former)
        return list(self._inherited)

    async def _close_if_empty(self, former: StorageClient) -> None:
        if self._former[former] == 0:
            del self._former[former]
            await former.close()

    async def put(self, telemetry: Telemetry) -> Ticket:
        """Accept a request once it is written; see `SendingQueue.put`. A full storage is a RetryableError."""
        size = await self._admission.take(telemetry, closed=self._closed)
        if self._closed or self._client is None:
            self._capacity.give_back(size)
            raise stopping()
        ticket = Ticket(size, telemetry.items, key=str(self._next_index))
        self._next_index += 1
        try:
            await self._client.set(ticket.key, encode(telemetry))
        except StorageError as error:
            await self._forget(ticket)
            raise RetryableError(f"sending queue: {error}") from error
        except asyncio.CancelledError:  # written, and nobody waits for the acknowledgement any more: sent all the same
            self._waiting.put_nowait(ticket)
            raise
        if len(self._fresh) < self._consumers:
            self._fresh[ticket.key] = _as_stored(telemetry)
        self._waiting.put_nowait(ticket)
        return ticket

    async def get(self) -> Job:
        """Wait for the next job."""
        job = await self._ready.get()
        self._taken.set()
        self._running.add(job)
        self._idle.clear()
        return job

    async def settle(self, job: Job, error: ConsumeError | None) -> None:
        """Remove what was sent or given up from the storage; what shutdown interrupted stays."""
        self._running.discard(job)
        for ticket in job.tickets:
            ticket.jobs -= 1
            ticket.kept = ticket.kept or isinstance(error, Interrupted)
            if ticket.settled and not ticket.kept:
                await self._forget(ticket)
        if not self._running:
            self._idle.set()

    def close(self) -> None:
        """Accept nothing more and give out nothing more; what is not being sent stays in the storage."""
        self._closed = True
        if self._reader is not None:
            self._reader.cancel()
        if self._batcher is not None:
            self._batcher.discard()
        while not self._ready.empty():
            self._ready.get_nowait()

    async def wait_until_idle(self) -> None:
        """Return when no job is being sent."""
        await self._idle.wait()

    def take_waiting(self) -> list[Job]:
        """Nothing is taken out: what waits is kept for the next start."""
        return []

    def abandon(self, running: Iterable[Job]) -> int:
        """Everything is kept, so nothing is lost; callers that still wait for room are refused."""
        self._running.clear()
        self._idle.set()
        self._capacity.give_back(self._capacity.used)
        return 0

    async def release(self) -> None:
        """Close the storage. Idempotent."""
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)
        client, self._client = self._client, None
        for opened in (client, *self._former):
            if opened is not None:
                await opened.close()

    async def _read_on(self) -> None:
        """Bring requests from the storage to the consumers, as many as can be sent at once."""
        while True:
            ticket = await self._waiting.get()
            while self._ready.qsize() >= self._consumers:
                self._taken.clear()
                await self._taken.wait()
            telemetry = self._fresh.pop(ticket.key, None) or await self._read(ticket.key)
            if telemetry is None:
                self._capacity.give_back(ticket.size)
            elif self._batcher is not None:
                self._batcher.add(telemetry, ticket)
            else:
                self._hand_out(job_of(telemetry, [(ticket, telemetry.items)]))

    def _hand_out(self, job: Job) -> None:
        if not self._closed:
            self._ready.put_nowait(job)

    async def _read(self, key: str) -> Telemetry | None:
        """Read a stored request; None for one that cannot be read, which is counted and logged, and forgotten if undecodable."""
        assert self._client is not None
        client, stored_key = self._inherited.get(key, (self._client, key))
        try:
            value = await client.get(stored_key)
            if value is not None:
                return decode(value)
            reason = "it is not in the storage"
        except StorageError as error:
            reason = str(error)
        except UndecodableRequestError as error:
            reason = str(error)
            await self._delete(key)
        self._undecodable.add()
        self._logger.error("Dropping a stored request that cannot be read", extra={"key": key, "error": reason})
        return None

    async def _forget(self, ticket: Ticket) -> None:
        self._capacity.give_back(ticket.size)
        await self._delete(ticket.key)

    async def _delete(self, key: str) -> None:
        if self._client is None:
            return
        client, stored_key = self._inherited.pop(key, (self._client, key))
        try:
            await client.delete(stored_key)
            if client in self._former:
                self._former[client] -= 1
                await self._close_if_empty(client)
        except StorageError as error:
            self._logger.error(
                "A sent request could not be removed, it is sent again after a restart", extra={"error": str(error)}
            )


def _in_order(client: StorageClient) -> list[str]:
    """Keys of requests, oldest first."""
    return [key for _, key in sorted((int(key), key) for key in client.keys() if key.isascii() and key.isdigit())]  # noqa: SIM118


def _as_stored(telemetry: Telemetry) -> Telemetry:
    """Leave out what is not stored, so that it is never there only at times."""
    client = telemetry.client
    return replace(telemetry, client=replace(client, auth={})) if client.auth else telemetry
