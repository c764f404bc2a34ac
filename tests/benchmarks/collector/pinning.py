"""Which core measures and which one loads, and starting programs there."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """The collector has one core for itself; generator, sink and this program share another.

    `second` is where a collector with two workers goes besides: a third core, or the load's where there are only two.
    """

    collector: int
    load: int
    second: int


def choose(allowed: set[int]) -> Cores:
    """Take the lowest cores that this process may use; ValueError when there is only one."""
    if len(allowed) < 2:
        raise ValueError("two cores are needed: the collector must not share its core with what loads it")
    first, second, *more = sorted(allowed)
    return Cores(collector=first, load=second, second=more[0] if more else second)


@contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """Start child processes on some cores only: they inherit what the calling thread is bound to, before their first instruction.

    (The Go runtime counts its cores at its start, so that binding it later would leave it more threads than it can run.)
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_many_connections() -> None:
    """Raise the limit of open files to the most this user may have; children inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
