"""The sink as the collector's destination: started on the load's core, asked what it has received."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.processes import ProcessGroup
from e2e.cluster.waiting import wait_until
from tests.benchmarks.collector.pinning import on_cores

# A batch processor holds back for 0.2 s, a retry for 5 s and more: what has not moved for so long is lost.
STILL_SECONDS = 8.0
_POLL = 0.1


@dataclass(frozen=True, slots=True)
class Received:
    """What a sink has counted since its start; `bytes` as sent, compressed or not; `bad` is what it could not take."""

    requests: int
    items: int
    bytes: int
    bad: int


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink, by the port of its statistics."""

    control: int

    def received(self) -> Received:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control}/stats", timeout=120) as answer:
            return Received(**json.load(answer))

    def drained(self, items: int, came: Callable[[], None] = lambda: None) -> Received:
        """Wait until so many items have come in all, or nothing has come for a while; `came` is called whenever some have."""
        return settle(self.received, items, came)


def settle(
    read: Callable[[], Received],
    items: int,
    came: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Received:
    """Read until `items` are there or the count has stood still for STILL_SECONDS; return the last reading."""
    last = read()
    moved = clock()
    while last.items < items and clock() - moved < STILL_SECONDS:
        sleep(_POLL)
        now = read()
        if now.items != last.items:
            moved = clock()
            came()
        last = now
    return last


@contextmanager
def started(program: Path, port: int, control: int, group: ProcessGroup, core: int) -> Iterator[Sink]:
    """Start a sink and end it."""
    with on_cores(core):
        component = group.start("sink", [program, "-endpoint", f"127.0.0.1:{port}", "-control", f"127.0.0.1:{control}"])
    sink = Sink(control)
    wait_until("the sink", lambda: bool(sink.received()), seconds=10, alive=component.check_alive)
    try:
        yield sink
    finally:
        component.end()
