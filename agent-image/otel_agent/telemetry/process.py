"""The process's own resource use, read from /proc at each scrape."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from otel_agent.telemetry.instruments import InstrumentKind
from otel_agent.telemetry.metrics import SelfMetrics

_PAGE = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")
_RESIDENT, _SHARED, _DATA = 1, 2, 5


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds and bytes of memory: resident, of that private, the size of the data segment, handed out since the start."""

    cpu_seconds: float
    resident: int
    private: int
    data: int
    handed_out: int


def rss_bytes() -> int:
    """Resident set size of this process."""
    return int(_STATM.read_text().split()[_RESIDENT]) * _PAGE


def own_usage() -> Usage:
    """Return what this process uses."""
    columns = _STATM.read_text().split()
    resident, shared, data = (int(columns[column]) * _PAGE for column in (_RESIDENT, _SHARED, _DATA))
    return Usage(time.process_time(), resident, resident - shared, data, getrusage(RUSAGE_SELF).ru_minflt * _PAGE)


def register_process_metrics(metrics: SelfMetrics, usage: Callable[[], Usage] = own_usage) -> None:
    """Show process_* metrics under the Go collector's names; `usage` is that of all processes of the collector.

    CPython keeps no byte counts of its heap. So heap_alloc is private resident memory, total_sys the data segment, and
    total_alloc what the kernel has handed out page by page since the start (memory used again without being returned does not
    count again, as it does in Go).
    """
    started = time.monotonic()
    total = InstrumentKind.SUM
    metrics.observe("process_uptime", "Uptime of the process.", {}, lambda: time.monotonic() - started, unit="s", kind=total)
    metrics.observe(
        "process_cpu_seconds", "CPU user and system time in seconds.", {}, lambda: usage().cpu_seconds, unit="s", kind=total
    )
    metrics.observe("process_memory_rss", "Resident set size.", {}, lambda: usage().resident, unit="By")
    metrics.observe("process_runtime_heap_alloc_bytes", "Private resident memory.", {}, lambda: usage().private, unit="By")
    metrics.observe("process_runtime_total_sys_memory_bytes", "Size of the data segment.", {}, lambda: usage().data, unit="By")
    metrics.observe(
        "process_runtime_total_alloc_bytes",
        "Memory handed out by the kernel since the start.",
        {},
        lambda: usage().handed_out,
        unit="By",
        kind=total,
    )
