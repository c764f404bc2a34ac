"""Remembers a process across programs, and ends it and its namespaces without ever hitting a stranger.

A pid alone may have been given to another process since; together with its start time it is one process only.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from e2e.cluster.waiting import wait_until

PROC = Path("/proc")


def record(path: Path, pid: int) -> None:
    """Write pid and start time of a process."""
    path.write_text(f"{pid} {_stat(pid)[2]}\n")


def recorded(path: Path) -> int | None:
    """Return the recorded pid if that very process still runs."""
    try:
        pid, started = path.read_text().split()
        state, _, now = _stat(int(pid))
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return int(pid) if now == started and state != "Z" else None


def child_of(parent: int) -> int | None:
    """Return the process's first child, the process 1 of the namespaces it made."""
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if _stat(int(entry.name))[1] == str(parent):
                    return int(entry.name)
    return None


def end(outer: int, seconds: float) -> None:
    """Kill the process 1 under ``outer`` and wait until the kernel has ended everything in its namespaces."""
    inner = child_of(outer)
    both = (outer,) if inner is None else (inner, outer)
    for pid in both:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in both:
        _wait_for_end(pid, seconds)


def _wait_for_end(pid: int, seconds: float) -> None:
    wait_until(f"the end of process {pid}", lambda: _ended(pid), seconds=seconds)


def _ended(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return _stat(pid)[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _stat(pid: int) -> tuple[str, str, str]:
    """Return state, parent and start time, fields 3, 4 and 22 of proc(5); the name before them may hold anything."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return fields[0], fields[1], fields[19]
