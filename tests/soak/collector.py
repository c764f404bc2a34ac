"""A collector in a process of its own, as long runs start it, and what /proc says of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until
from tests.benchmarks.collector.procfs import PROC, Tree, cpu_seconds

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Collector:
    """A running collector."""

    component: Component

    @property
    def pid(self) -> int:
        """Of its process."""
        return self.component.process.pid

    def check_alive(self) -> None:
        """Raise ComponentError with the end of its log when it has ended."""
        self.component.check_alive()

    def rss_mib(self) -> float:
        """Return the resident memory of the process and its children."""
        return Tree(self.pid).rss_mib()

    def descriptors(self) -> int:
        """Return how many files and sockets it has open."""
        return len(list((PROC / str(self.pid) / "fd").iterdir()))

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has used."""
        return cpu_seconds((PROC / str(self.pid) / "stat").read_text())

    def log(self) -> str:
        """Return all that it has logged."""
        return self.component.log.read_text(errors="replace")


def start(
    group: ProcessGroup,
    folder: Path,
    configuration: dict[str, Any],
    ports: list[int],
    *options: str,
    name: str = "collector",
    within: Sequence[str | Path] = (),
) -> Collector:
    """Start a collector and wait until it listens on all ports; ComponentError with the end of its log when it does not.

    `name` tells those of one group apart. `within` is a command that runs the one that follows it, in its own process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(configuration))
    component = group.start(name, [*within, sys.executable, "-m", "otel_agent", "--config", path, *options])
    collector = Collector(component)
    for port in ports:
        wait_until(
            f"the collector on port {port}",
            lambda port=port: Tree(collector.pid).owns(port),  # type: ignore[misc] # the loop's own port
            seconds=START_SECONDS,
            alive=component.check_alive,
        )
    return collector
