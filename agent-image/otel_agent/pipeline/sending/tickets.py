"""Ties what is sent to what was accepted: a request may be sent in several jobs, and a job may hold several requests."""

import asyncio
from dataclasses import dataclass

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import ConsumeError


@dataclass(slots=True, eq=False)
class Ticket:
    """One accepted request."""

    size: int
    """What it takes up of the queue until it is settled."""
    unassigned: int
    """Items that are in no job yet."""
    jobs: int = 0
    """Jobs that hold some of it and have not ended."""
    error: ConsumeError | None = None
    """The first failure of any of its jobs."""
    result: asyncio.Future[None] | None = None
    """Where a caller waits for the outcome."""
    key: str = ""
    """Where a persistent queue stores it."""
    kept: bool = False
    """Whether some of it was interrupted and has to be sent after the next start."""

    @property
    def settled(self) -> bool:
        """Whether all of it was sent or given up."""
        return self.jobs == 0 and self.unassigned == 0


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One request to send, and whose data it holds."""

    telemetry: Telemetry
    tickets: tuple[Ticket, ...]


def job_of(telemetry: Telemetry, shares: list[tuple[Ticket, int]]) -> Job:
    """Make a job of so many items of each ticket."""
    for ticket, items in shares:
        ticket.jobs += 1
        ticket.unassigned -= items
    return Job(telemetry, tuple(ticket for ticket, _ in shares))
