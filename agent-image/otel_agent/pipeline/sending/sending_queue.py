"""What an exporter asks of its sending queue, wherever the queue keeps its requests."""

from collections.abc import Iterable
from typing import Protocol

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import ConsumeError
from otel_agent.pipeline.sending.tickets import Job, Ticket


class SendingQueue(Protocol):
    """Accepts requests, gives out jobs, and forgets a request when all of its jobs have ended."""

    @property
    def durable(self) -> bool:
        """Whether what is left at shutdown is sent after the next start; otherwise the exporter tries hard to send it now."""
        ...

    @property
    def size(self) -> int:
        """What is taken up, in units of the sizer."""
        ...

    @property
    def capacity(self) -> int:
        """Most that can be taken up."""
        ...

    async def open(self, host: Host) -> None:
        """Make ready to accept; `StartError` when that is impossible."""
        ...

    async def put(self, telemetry: Telemetry) -> Ticket:
        """Accept a request.

        RetryableError when the queue is full (with `block_on_overflow` it waits instead) or closed, PermanentError when the
        request is larger than the whole queue.
        """
        ...

    async def get(self) -> Job:
        """Wait for the next job."""
        ...

    async def settle(self, job: Job, error: ConsumeError | None) -> None:
        """Note how a job ended; a request without other jobs is forgotten, unless its job was `Interrupted`."""
        ...

    def close(self) -> None:
        """Accept nothing more."""
        ...

    async def wait_until_idle(self) -> None:
        """Return when nothing is left to do before the exporter may stop: all sent, or what is unsent kept."""
        ...

    def take_waiting(self) -> list[Job]:
        """Remove and return, once closed, the jobs that nobody has taken yet; none of a durable queue."""
        ...

    def abandon(self, running: Iterable[Job]) -> int:
        """End, with these jobs unfinished; returns how many items are lost by it."""
        ...

    async def release(self) -> None:
        """Close files. Idempotent."""
        ...
