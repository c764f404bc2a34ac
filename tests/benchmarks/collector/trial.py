"""One measurement: one collector under one load, with the checks that make its figures count."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.benchmarks.collector import configs, contender, sink
from tests.benchmarks.collector.configs import Ports
from tests.benchmarks.collector.contender import Contender, Running
from tests.benchmarks.collector.generator import Generator, Sent
from tests.benchmarks.collector.pinning import Cores
from tests.benchmarks.collector.processing import ALL, Share, share
from tests.benchmarks.collector.procfs import CoreIdle, PeakMemory
from tests.benchmarks.collector.programs import Programs
from tests.benchmarks.collector.scenarios import Load
from tests.benchmarks.collector.sink import Received

# Work in less CPU time than this is within the 10 ms steps that the kernel counts in.
LEAST_CPU_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements of one run share; `seconds` of the measured part, and of the one before that warms up."""

    programs: Programs
    cores: Cores
    folder: Path
    seconds: float
    warmup: float


@dataclass(frozen=True, slots=True)
class Trial:
    """Figures of one measurement. It counts only when `faults` is empty.

    `cpu_seconds` and `items`, which are those that were accepted, are of the time from the start of the measured part until the
    sink had all that came of it, and no longer.
    `busy` is the share of one core that the collector used while the load was sent, and `core_idle` how much nobody used:
    where that is much, the load was the limit.
    `cpu_by_process` splits the CPU seconds, largest first.
    """

    items: int
    cpu_seconds: float
    rss_mib: float
    busy: float
    core_idle: float
    p50_ms: float
    p99_ms: float
    cpu_by_process: tuple[float, ...] = ()
    faults: tuple[str, ...] = ()

    @classmethod
    def of_source(cls, *, items: int, cpu_seconds: float, rss_mib: float, faults: Sequence[str]) -> Self:
        """Make the figures of a load at its own pace: it has no latencies, and a core that is idle says nothing."""
        scant = [too_little(cpu_seconds)] if cpu_seconds < LEAST_CPU_SECONDS else []
        return cls(items, cpu_seconds, rss_mib, busy=0.0, core_idle=0.0, p50_ms=0.0, p99_ms=0.0, faults=(*faults, *scant))

    @property
    def items_per_cpu_second(self) -> float:
        return self.items / self.cpu_seconds if self.cpu_seconds else 0.0


def run(bench: Bench, who: Contender, load: Load, payload: Path) -> Trial:
    """Measure once, with a fresh collector and a fresh sink. ClusterError and LoadError when one of them does not run."""
    ports = Ports(*free_ports(5))
    port = ports.of(load.protocol)
    with ExitStack() as stack:
        group = stack.enter_context(ProcessGroup(bench.folder / "logs"))
        target = stack.enter_context(sink.started(bench.programs.sink, ports.sink, ports.control, group, bench.cores.load))
        config = configs.passthrough(load, ports)
        running = stack.enter_context(contender.started(who, config, port, group))
        owned = running.tree.owns(port)
        generator = stack.enter_context(
            Generator(
                bench.programs.generator,
                load,
                payload,
                port,
                warmup=bench.warmup,
                seconds=bench.seconds * load.stretch,
                core=bench.cores.load,
            )
        )
        left = share(load)
        warm = generator.warm_up()
        start = target.drained(left.most(warm.items))
        before = running.tree.cpu()
        with PeakMemory(running.tree) as memory:
            with CoreIdle(who.cores[0]) as core:
                sent = generator.measure()
            after = running.tree.cpu()

            def came() -> None:
                nonlocal after
                after = running.tree.cpu()

            # Where chance says how many items are left, only silence says that all have come: that is not the collector's work.
            end = target.drained(start.items + left.most(sent.items), came)
        faults = list_faults(warm, sent, start, end, left)
        if not (owned and running.tree.owns(port)):
            faults.append(f"port {port} was not the measured process's own")
        if before.keys() != after.keys():
            faults.append("the collector's processes were not the same all the time")
        used = sum(after.values()) - sum(before.values())
        if used < LEAST_CPU_SECONDS:
            faults.append(too_little(used))
        _check_alive(running, faults)
        return Trial(
            items=sent.items,
            cpu_seconds=used,
            rss_mib=memory.mib,
            busy=used / sent.seconds if sent.seconds else 0.0,
            core_idle=core.share,
            p50_ms=sent.latency_ms.get("p50", 0.0),
            p99_ms=sent.latency_ms.get("p99", 0.0),
            cpu_by_process=tuple(sorted((after[pid] - before.get(pid, 0.0) for pid in after), reverse=True)),
            faults=tuple(faults),
        )


def too_little(cpu_seconds: float) -> str:
    """Say that so little CPU time tells nothing."""
    return f"{cpu_seconds:.2f} s of CPU time are too little to measure by"


def list_faults(warm: Sent, sent: Sent, start: Received, end: Received, left: Share = ALL) -> list[str]:
    """Say why figures do not count: errors, or items that came in another number than the share of what was acknowledged."""
    faults = [f"{times} x {why}" for part in (warm, sent) for why, times in part.errors.items()]
    if left.differs(start.items, warm.items):
        faults.append(f"{warm.items} items accepted while warming up, {start.items} at the sink")
    if left.differs(end.items - start.items, sent.items):
        faults.append(f"{sent.items} items accepted, {end.items - start.items} at the sink")
    if end.bad:
        faults.append(f"{end.bad} bad requests at the sink")
    if not sent.items:
        faults.append("nothing was accepted")
    return faults


def _check_alive(running: Running, faults: list[str]) -> None:
    code = running.component.process.poll()
    if code is not None:
        faults.append(f"the collector ended with code {code}")
