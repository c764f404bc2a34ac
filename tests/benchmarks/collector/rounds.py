"""Pairs of measurements in turn, and what they come to: medians, and ratios pair by pair."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.collector.scenarios import Bar
from tests.benchmarks.collector.trial import Trial


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: this project's collector and then the Go collector, minutes apart at most, so that the machine is the same."""

    ours: Trial
    go: Trial

    @property
    def faults(self) -> list[str]:
        return [f"{name}: {fault}" for name, trial in (("ours", self.ours), ("go", self.go)) for fault in trial.faults]

    @property
    def speed(self) -> float:
        return self.ours.items_per_cpu_second / self.go.items_per_cpu_second

    @property
    def memory(self) -> float:
        return self.ours.rss_mib / self.go.rss_mib


@dataclass(frozen=True, slots=True)
class Summary:
    """Medians over the valid rounds of a row. Speed is in items per CPU-second; ratios are ours/Go."""

    ours_speed: float
    go_speed: float
    speed: float
    ours_mib: float
    go_mib: float
    memory: float
    ours_p99_ms: float
    go_p99_ms: float
    ours_idle: float
    go_idle: float


def play(rounds: int, ours: Callable[[], Trial], go: Callable[[], Trial]) -> list[Pair]:
    """Measure both in turn, several times."""
    return [Pair(ours(), go()) for _ in range(rounds)]


def summarize(pairs: Sequence[Pair]) -> Summary | None:
    """Return the medians; None when no round is valid."""
    valid = [pair for pair in pairs if not pair.faults]
    if not valid:
        return None

    def median(of: Callable[[Pair], float]) -> float:
        return statistics.median(map(of, valid))

    return Summary(
        ours_speed=median(lambda pair: pair.ours.items_per_cpu_second),
        go_speed=median(lambda pair: pair.go.items_per_cpu_second),
        speed=median(lambda pair: pair.speed),
        ours_mib=median(lambda pair: pair.ours.rss_mib),
        go_mib=median(lambda pair: pair.go.rss_mib),
        memory=median(lambda pair: pair.memory),
        ours_p99_ms=median(lambda pair: pair.ours.p99_ms),
        go_p99_ms=median(lambda pair: pair.go.p99_ms),
        ours_idle=median(lambda pair: pair.ours.core_idle),
        go_idle=median(lambda pair: pair.go.core_idle),
    )


def missed(summary: Summary, bar: Bar) -> list[str]:
    """Name the bars that are not reached."""
    names = []
    if bar.speed is not None and summary.speed < bar.speed:
        names.append("speed")
    if bar.memory is not None and summary.memory > bar.memory:
        names.append("memory")
    return names
