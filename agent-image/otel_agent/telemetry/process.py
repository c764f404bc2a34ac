"""The process's own resource use, read from /proc at each scrape."""

import os
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from otel_agent.telemetry.instruments import InstrumentKind
from otel_agent.telemetry.metrics import SelfMetrics

_PAGE = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")
_RESIDENT, _SHARED, _DATA = 1, 2, 5


def rss_bytes() -> int:
    """Resident set size of this process."""
    return _statm(_RESIDENT) * _PAGE


def register_process_metrics(metrics: SelfMetrics) -> None:
    """Show process_* metrics under the Go collector's names.

    CPython keeps no byte counts of its heap. So heap_alloc is private resident memory, total_sys the data segment, and
    total_alloc what the kernel has handed out page by page since the start (memory used again without being returned does not
    count again, as it does in Go).
    """
    started = time.monotonic()
    total = InstrumentKind.SUM
    metrics.observe("process_uptime", "Uptime of the process.", {}, lambda: time.monotonic() - started, unit="s", kind=total)
    metrics.observe("process_cpu_seconds", "CPU user and system time in seconds.", {}, time.process_time, unit="s", kind=total)
    metrics.observe("process_memory_rss", "Resident set size.", {}, rss_bytes, unit="By")
    metrics.observe(
        "process_runtime_heap_alloc_bytes",
        "Private resident memory.",
        {},
        lambda: (_statm(_RESIDENT) - _statm(_SHARED)) * _PAGE,
        unit="By",
    )
    metrics.observe(
        "process_runtime_total_sys_memory_bytes", "Size of the data segment.", {}, lambda: _statm(_DATA) * _PAGE, unit="By"
    )
    metrics.observe(
        "process_runtime_total_alloc_bytes",
        "Memory handed out by the kernel since the start.",
        {},
        lambda: getrusage(RUSAGE_SELF).ru_minflt * _PAGE,
        unit="By",
        kind=total,
    )


def _statm(column: int) -> int:
    return int(_STATM.read_text().split()[column])
