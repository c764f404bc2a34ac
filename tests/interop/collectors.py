"""Starts collectors, ours and Go's, each with its own log, and waits until they are ready."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from e2e.cluster.errors import ComponentError
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until

FrontEnd = Literal["native", "portable"]
FRONT_ENDS: tuple[FrontEnd, ...] = ("native", "portable")
START_SECONDS = 60.0
TRIES = 3
_GATES: dict[FrontEnd, tuple[str, ...]] = {"native": (), "portable": ("--feature-gates=-receiver.otlp.nativeFrontEnd",)}
SILENT = {"metrics": {"level": "none"}}
"""`service.telemetry` of a collector that opens no port of its own; Go's and ours take it."""
_READY = "Everything is ready. Begin running and processing data."
_TAKEN = "ddress already in use"


def ours(front_end: FrontEnd = "native") -> list[str]:
    """Return our collector's command, its configuration left out."""
    return [sys.executable, "-m", "otel_agent", *_GATES[front_end]]


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts collectors in one group of processes; configurations and logs lie in its folder."""

    group: ProcessGroup

    def start(
        self, name: str, command: Sequence[str | Path], ports: int, config: Callable[[list[int]], dict[str, object]]
    ) -> tuple[Component, list[int]]:
        """Start one with so many free ports and wait until it says that it is ready.

        Another program may take a port before the collector does: then there is another try with others. Everything else that
        ends it is a ComponentError with the end of its log.
        """
        for attempt in range(1, TRIES + 1):
            numbers = free_ports(ports)
            file = self.group.logs / f"{name}-{attempt}.yaml"
            file.write_text(yaml.safe_dump(config(numbers), sort_keys=False))
            component = self.group.start(f"{name}-{attempt}", [*command, "--config", file])
            try:
                self._wait(component)
            except ComponentError:
                if attempt == TRIES or _TAKEN not in component.log.read_text():
                    raise
            else:
                return component, numbers
        raise AssertionError("the last try returns or raises")

    def _wait(self, component: Component) -> None:
        wait_until(
            f"{component.name}: ready",
            lambda: _READY in component.log.read_text(),
            seconds=START_SECONDS,
            alive=component.check_alive,
        )
