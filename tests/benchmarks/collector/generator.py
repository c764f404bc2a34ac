"""The load generator as a child process: it warms up, waits, and measures when told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.benchmarks.collector.pinning import on_cores
from tests.benchmarks.collector.scenarios import Load


class LoadError(Exception):
    """The generator ended before it had reported; the message is what it wrote on stderr."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one part of a generator's run did: accepted requests and their items, failures by text, latencies in ms."""

    requests: int
    items: int
    seconds: float
    failed: int
    errors: Mapping[str, int] = field(default_factory=dict)
    latency_ms: Mapping[str, float] = field(default_factory=dict)


def parse(line: str) -> Sent:
    """Read a line of the generator's output."""
    fields = json.loads(line)
    del fields["event"]
    return Sent(**fields)


class Generator:
    """Context manager around one generator process on the load's core."""

    def __init__(self, program: Path, load: Load, payload: Path, port: int, *, warmup: float, seconds: float, core: int) -> None:
        self._command = [
            program,
            *("-payload", payload),
            *("-endpoint", f"127.0.0.1:{port}"),
            *("-protocol", load.protocol),
            *("-connections", str(load.connections)),
            *("-rate", str(load.rate)),
            *("-warmup", f"{warmup}s"),
            *("-time", f"{seconds}s"),
        ]
        self._core = core

    def __enter__(self) -> Self:
        with on_cores(self._core):
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def warm_up(self) -> Sent:
        """Wait for the end of the part that is not measured."""
        return self._report()

    def measure(self) -> Sent:
        """Start the measured part and wait for its end, when all its requests have been answered."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._report()

    def _report(self) -> Sent:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, said = self._process.communicate(timeout=10)
            raise LoadError(said.strip() or f"the generator ended with code {self._process.returncode}")
        return parse(line)
