"""A collector that takes part: how it is started, and a running one pinned to its core."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from e2e.cluster.errors import ComponentError
from e2e.cluster.processes import Component, ProcessGroup
from tests.benchmarks.collector.pinning import on_cores
from tests.benchmarks.collector.procfs import Tree

READY_SECONDS = 20.0
_POLL = 0.002


@dataclass(frozen=True, slots=True)
class Contender:
    """A collector's name in the table, its command, its cores, and environment variables added to this process's."""

    name: str
    command: tuple[str | Path, ...]
    cores: tuple[int, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A started collector whose port takes connections; `ready_seconds` from the start of the process until it did."""

    component: Component
    tree: Tree
    ready_seconds: float


@contextmanager
def started(contender: Contender, config: str, port: int, group: ProcessGroup) -> Iterator[Running]:
    """Start a collector on its cores, wait for its port, and end it; ComponentError with its log when it does not come up."""
    file = group.logs / f"{contender.name}.yaml"
    file.write_text(config)
    settings = [f"{key}={value}" for key, value in contender.environment.items()]
    with on_cores(*contender.cores):
        begin = time.monotonic()
        component = group.start(contender.name, ["env", *settings, *contender.command, "--config", file])
    _wait_for_port(component, port, begin + READY_SECONDS)
    try:
        yield Running(component, Tree(component.process.pid), time.monotonic() - begin)
    finally:
        component.end()


def _wait_for_port(component: Component, port: int, deadline: float) -> None:
    while True:
        component.check_alive()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise ComponentError(f"{component.name} does not take connections on port {port}: {error}") from error
            time.sleep(_POLL)
        else:
            return
