"""What a second worker adds: computed from the cost of an item and from how evenly the kernel splits the connections.

Wall-clock throughput would need a core for each worker and enough others for a generator that outruns them both. What two
workers can carry follows from two things that CPU time shows on any machine: what an item costs them, and the share of the
busier one, which is full first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.scenarios import Load
from tests.benchmarks.collector.trial import Trial

NUMBER = 2
BAR = 1.8
# Connections stay with the worker that accepted them; a gateway has many. At a fixed rate each connection brings the same
# work, so the split of CPU time is that of the connections; flat out, a worker that shares its core with the load would get less.
LOAD = Load("grpc", connections=128, rate=400)
# As much for each of the workers: what a wake-up costs is shared by the requests that it finds.
TWICE = replace(LOAD, connections=NUMBER * LOAD.connections, rate=NUMBER * LOAD.rate)


@dataclass(frozen=True, slots=True)
class Scaling:
    """One round: one worker, and then two under twice the load."""

    one: Trial
    two: Trial

    @property
    def efficiency(self) -> float:
        """Items per CPU-second of two workers in all, against one worker."""
        return self.two.items_per_cpu_second / self.one.items_per_cpu_second

    @property
    def largest_share(self) -> float:
        """Part of the work that the busiest process did; 0.5 is even."""
        return self.two.cpu_by_process[0] / sum(self.two.cpu_by_process)

    @property
    def factor(self) -> float:
        """What two workers carry when the busier one is full, in terms of what one carries."""
        return self.efficiency / self.largest_share

    @property
    def faults(self) -> list[str]:
        return [f"{name}: {fault}" for name, trial in (("1 worker", self.one), ("2 workers", self.two)) for fault in trial.faults]


def teams(ours: Contender, second: int) -> tuple[Contender, Contender]:
    """Return our collector with one worker, and with two on two cores."""
    one = replace(ours, command=(*ours.command, "--workers", "1"))
    two = replace(ours, command=(*ours.command, "--workers", str(NUMBER)), cores=(*ours.cores, second))
    return one, two
