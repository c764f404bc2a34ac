"""Starts collectors, ours and Go's, each with its own log, and waits until they listen."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import yaml

from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until

FrontEnd = Literal["native", "portable"]
FRONT_ENDS: tuple[FrontEnd, ...] = ("native", "portable")
START_SECONDS = 60.0
_GATES: dict[FrontEnd, tuple[str, ...]] = {"native": (), "portable": ("--feature-gates=-receiver.otlp.nativeFrontEnd",)}
SILENT = {"metrics": {"level": "none"}}
"""`service.telemetry` of a collector that opens no port of its own; Go's and ours take it."""


def ours(front_end: FrontEnd = "native") -> list[str]:
    """Return our collector's command, its configuration left out."""
    return [sys.executable, "-m", "otel_agent", *_GATES[front_end]]


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts collectors in one group of processes; configurations and logs lie in its folder."""

    group: ProcessGroup

    def start(self, name: str, command: Sequence[str | Path], config: dict[str, object], ports: Iterable[int]) -> Component:
        """Start one and wait for its ports; ComponentError with the end of its log when it does not come up."""
        file = self.group.logs / f"{name}.yaml"
        file.write_text(yaml.safe_dump(config, sort_keys=False))
        component = self.group.start(name, [*command, "--config", file])
        for port in ports:
            wait_until(f"{name}: port {port}", partial(_listens, port), seconds=START_SECONDS, alive=component.check_alive)
        return component


def _listens(port: int) -> bool:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return True
