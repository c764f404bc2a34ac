"""The sending queue in memory: what was accepted counts against its capacity until it was sent or given up."""

import asyncio
from collections.abc import Iterable

from otel_agent.config.blocks.exporter_queue import QueueConfig
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import ConsumeError, RetryableError
from otel_agent.pipeline.sending.admission import Admission, stopping
from otel_agent.pipeline.sending.batching import Batcher
from otel_agent.pipeline.sending.tickets import Job, Ticket, job_of

ABANDONED = "the collector stopped before the data could be sent"


class MemoryQueue:
    """A `SendingQueue` that ends with the process."""

    durable = False

    def __init__(self, config: QueueConfig) -> None:
        self._admission = Admission(config)
        self._capacity = self._admission.capacity
        self._keep_results = config.wait_for_result
        self._ready: asyncio.Queue[Job] = asyncio.Queue()
        self._batcher = Batcher(config.batch, config.batch_sizer, self._ready.put_nowait) if config.batch else None
        self._closed = False
        self._abandoned = False

    @property
    def size(self) -> int:
        """What is taken up, in units of the sizer."""
        return self._capacity.used

    @property
    def capacity(self) -> int:
        """Most that can be taken up."""
        return self._capacity.limit

    async def open(self, host: Host) -> None:
        """Do nothing."""

    async def put(self, telemetry: Telemetry) -> Ticket:
        """Accept a request; see `SendingQueue.put`."""
        size = await self._admission.take(telemetry, closed=self._closed)
        if self._abandoned:
            self._capacity.give_back(size)
            raise stopping()
        ticket = Ticket(size, unassigned=telemetry.items)
        if self._keep_results:
            ticket.result = asyncio.get_running_loop().create_future()
        self._forward(telemetry, ticket)
        return ticket

    async def get(self) -> Job:
        """Wait for the next job."""
        return await self._ready.get()

    async def settle(self, job: Job, error: ConsumeError | None) -> None:
        """Note how a job ended; room is given back for each of its requests that has no other job."""
        self._settle(job, error)

    def close(self) -> None:
        """Accept nothing more and hand out what was waiting to be batched."""
        self._closed = True
        if self._batcher is not None:
            self._batcher.flush()

    async def wait_until_idle(self) -> None:
        """Return when everything accepted has ended."""
        await self._capacity.wait_until_empty()

    def take_waiting(self) -> list[Job]:
        """Remove the jobs that nobody has taken yet; callers that still wait for room are refused."""
        self._abandoned = True
        jobs = []
        while not self._ready.empty():
            jobs.append(self._ready.get_nowait())
        return jobs

    def abandon(self, running: Iterable[Job]) -> int:
        """Give up what is being sent and what nobody has taken yet; callers that still wait for room are refused."""
        left = [*running, *self.take_waiting()]
        for job in left:
            self._settle(job, RetryableError(ABANDONED))
        return sum(job.telemetry.items for job in left)

    async def release(self) -> None:
        """Do nothing."""

    def _settle(self, job: Job, error: ConsumeError | None) -> None:
        for ticket in job.tickets:
            ticket.jobs -= 1
            ticket.error = ticket.error or error
            if ticket.settled:
                self._capacity.give_back(ticket.size)
                _tell(ticket)

    def _forward(self, telemetry: Telemetry, ticket: Ticket) -> None:
        """Caller that waited for room while the queue closed is let in: nothing flushes the batcher any more."""
        if self._batcher is None or self._closed:
            self._ready.put_nowait(job_of(telemetry, [(ticket, telemetry.items)]))
        else:
            self._batcher.add(telemetry, ticket)


def _tell(ticket: Ticket) -> None:
    if ticket.result is None or ticket.result.done():
        return
    error = ticket.error
    if error is None:
        ticket.result.set_result(None)
    else:
        # without `failed`: the subset that failed may hold data of other requests
        ticket.result.set_exception(type(error)(str(error), grpc_code=error.grpc_code, retry_after=error.retry_after))
        ticket.result.exception()  # the caller may have gone away
