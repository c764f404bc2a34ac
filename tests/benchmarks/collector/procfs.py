"""What /proc tells of a program and all its child processes: CPU time, memory, who listens on a port."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
_LISTENING = "0A"


def cpu_seconds(stat: str) -> float:
    """Return user and system time from the text of /proc/<pid>/stat; the name in it may hold spaces and parentheses."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def listening_inodes(table: str, port: int) -> set[str]:
    """Return the inodes of the sockets that listen on a port, from the text of /proc/net/tcp or tcp6."""
    inodes = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
            inodes.add(fields[9])
    return inodes


def core_seconds(stat: str, core: int) -> tuple[float, float]:
    """Return the time that a core was idle and the time in all, from the text of /proc/stat."""
    fields = next(line.split() for line in stat.splitlines() if line.startswith(f"cpu{core} "))
    ticks = [int(field) for field in fields[1:9]]  # what follows is counted in the first two already
    return ticks[3] / TICKS, sum(ticks) / TICKS


class CoreIdle:
    """Context manager that sees how idle a core is; `share` of the time it lasted, afterwards."""

    def __init__(self, core: int) -> None:
        self.share = 0.0
        self._core = core

    def __enter__(self) -> Self:
        self._start = self._read()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        idle, total = (now - before for now, before in zip(self._read(), self._start, strict=True))
        self.share = idle / total if total else 0.0

    def _read(self) -> tuple[float, float]:
        return core_seconds((PROC / "stat").read_text(), self._core)


@dataclass(frozen=True, slots=True)
class Tree:
    """A process and its descendants."""

    pid: int

    def pids(self) -> list[int]:
        """Return the pids that exist now, the first one first."""
        found = [self.pid]
        for pid in found:
            try:
                for task in (PROC / str(pid) / "task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue  # ended meanwhile
        return found

    def cpu(self) -> dict[int, float]:
        """Return the seconds of CPU time that each process has used."""
        return {pid: cpu_seconds(text) for pid, text in _read(self.pids(), "stat")}

    def rss_mib(self) -> float:
        """Return the sum of the processes' resident memory; what they share is counted in each."""
        return sum(int(text.split()[1]) * PAGE_MIB for _, text in _read(self.pids(), "statm"))

    def owns(self, port: int) -> bool:
        """Tell whether a process of this tree, and no other, listens on a TCP port of this machine."""
        tables = [text for name in ("tcp", "tcp6") for _, text in _read(["net"], name)]
        listening = {f"socket:[{inode}]" for table in tables for inode in listening_inodes(table, port)}
        mine = {os.readlink(handle) for pid in self.pids() for handle in _handles(pid)}
        return bool(listening) and listening <= mine


def _read(folders: Iterable[int | str], name: str) -> list[tuple[int, str]]:
    texts = []
    for folder in folders:
        try:
            texts.append((folder if isinstance(folder, int) else 0, (PROC / str(folder) / name).read_text()))
        except OSError:
            continue  # the process has ended, or the kernel has no such table
    return texts


def _handles(pid: int) -> list[Path]:
    try:
        return [handle for handle in (PROC / str(pid) / "fd").iterdir() if handle.is_symlink()]
    except OSError:
        return []


class PeakMemory:
    """Context manager that samples a tree's resident memory from its own thread; `mib` is the most it saw."""

    def __init__(self, tree: Tree, every: float = 0.1) -> None:
        self.mib = 0.0
        self._tree = tree
        self._every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="memory samples", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            self.mib = max(self.mib, self._tree.rss_mib())
            if self._done.wait(self._every):
                return
