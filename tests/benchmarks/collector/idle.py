"""A collector without load: time from its start until its port takes connections, and memory when it has settled."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.benchmarks.collector import configs
from tests.benchmarks.collector.configs import Ports
from tests.benchmarks.collector.contender import Contender, started

SETTLE_SECONDS = 1.5
# What the project asks of its own collector.
RSS_MIB_BAR = 50.0
READY_SECONDS_BAR = 0.4


@dataclass(frozen=True, slots=True)
class Idle:
    """Figures of one start: seconds until ready, CPU seconds and resident memory after SETTLE_SECONDS more."""

    ready_seconds: float
    cpu_seconds: float
    rss_mib: float


def measure(who: Contender, folder: Path) -> Idle:
    """Start a collector with OTLP in, batch, OTLP out, and end it. ClusterError when it does not run."""
    ports = Ports(*free_ports(5))
    with (
        ProcessGroup(folder / "logs") as group,
        started(who, configs.idle(ports), ports.grpc, group) as running,
    ):
        time.sleep(SETTLE_SECONDS)
        return Idle(running.ready_seconds, sum(running.tree.cpu().values()), running.tree.rss_mib())


def median(starts: Sequence[Idle]) -> Idle:
    """Return the medians, each figure by itself."""
    return Idle(
        statistics.median(start.ready_seconds for start in starts),
        statistics.median(start.cpu_seconds for start in starts),
        statistics.median(start.rss_mib for start in starts),
    )
