"""The processes of one collector, in memory that all of them share, and what they use together."""

import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from otel_agent.telemetry.process import Usage

_PID = struct.Struct("=q")
"""Written by the supervisor alone."""
_FIGURES = struct.Struct("=qqqd")
"""Of which process; bytes resident, and of these anonymous; when that was measured, in seconds of the monotonic clock."""
_SLOT_BYTES = _PID.size + _FIGURES.size
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_MINOR_FAULTS, _USER_TIME, _SYSTEM_TIME = 7, 11, 12
"""Columns of /proc/<pid>/stat, counted behind the command's closing parenthesis."""
_DATA = 5
"""Column of /proc/<pid>/statm."""
MOST_AGE = 1.0
"""Seconds for which a figure of another process holds. Workers that watch memory refresh their own at each look, so that a
process is rarely measured twice in that time, however many look."""


class Roster:
    """Has a slot for each process; made before the first fork. The supervisor enters processes, everyone may measure them."""

    def __init__(self, slots: int, clock: Callable[[], float] = time.monotonic, proc: Path = Path("/proc")) -> None:
        self._slots = slots
        self._clock = clock
        self._proc = proc
        self._map = mmap.mmap(-1, slots * _SLOT_BYTES)
        self.ended_cpu_seconds = 0.0
        """CPU time of processes that have ended; known to the supervisor."""
        self._most_cpu_seconds = 0.0
        self._most_handed_out = 0

    def enter(self, slot: int, pid: int) -> None:
        """Note the process of a slot; 0 for none."""
        _PID.pack_into(self._map, slot * _SLOT_BYTES, pid)

    @property
    def pids(self) -> list[int]:
        """Processes that run."""
        return [pid for _, pid, *_ in self._filled()]

    def resident_bytes(self) -> int:
        """Resident bytes of all processes; a page that several share counts once, as the container's limit counts it."""
        return self._memory()[0]

    def usage(self) -> Usage:
        """Memory and CPU time of all processes together."""
        resident, private = self._memory()
        data = sum(_data_pages(self._proc / str(pid)) for pid in self.pids) * _PAGE
        seconds = self.ended_cpu_seconds + sum(_cpu_seconds(self._proc / str(pid)) for pid in self.pids)
        # A process is gone before its end is reported; a sum that falls for a moment would look like a restart of all.
        self._most_cpu_seconds = max(self._most_cpu_seconds, seconds)
        handed_out = sum(_handed_out(self._proc / str(pid)) for pid in self.pids)
        self._most_handed_out = max(self._most_handed_out, handed_out)
        return Usage(self._most_cpu_seconds, resident, private, data, self._most_handed_out)

    def _memory(self) -> tuple[int, int]:
        now, own = self._clock(), os.getpid()
        whole, whole_private = 0, 0
        for slot, pid, resident, private, measured in self._filled():
            if pid == own or now - measured >= MOST_AGE:
                resident, private = _proportional(self._proc / str(pid))
                _FIGURES.pack_into(self._map, slot * _SLOT_BYTES + _PID.size, pid, resident, private, now)
            whole, whole_private = whole + resident, whole_private + private
        return whole, whole_private

    def _filled(self) -> Iterator[tuple[int, int, int, int, float]]:
        for slot in range(self._slots):
            (pid,) = _PID.unpack_from(self._map, slot * _SLOT_BYTES)
            measured_pid, resident, private, measured = _FIGURES.unpack_from(self._map, slot * _SLOT_BYTES + _PID.size)
            if pid:
                yield slot, pid, resident, private, measured if measured_pid == pid else float("-inf")


def _proportional(process: Path) -> tuple[int, int]:
    """Return resident and anonymous bytes of a process, each page divided by the number of those that share it.

    Where the kernel does not tell, what is not shared with files; (0, 0) for a process that has ended.
    """
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
        private = kilobytes["Pss_Anon"] if "Pss_Anon" in kilobytes else kilobytes["Private_Dirty"]  # since Linux 5.4
        return kilobytes["Pss"] * 1024, private * 1024
    except (OSError, KeyError):
        pass
    try:
        columns = (process / "statm").read_text().split()
    except OSError:
        return 0, 0
    private = (int(columns[1]) - int(columns[2])) * _PAGE
    return private, private


def _data_pages(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[_DATA])
    except OSError:
        return 0


def _cpu_seconds(process: Path) -> float:
    columns = _stat(process)
    return (int(columns[_USER_TIME]) + int(columns[_SYSTEM_TIME])) / _TICKS if columns else 0.0


def _handed_out(process: Path) -> int:
    columns = _stat(process)
    return int(columns[_MINOR_FAULTS]) * _PAGE if columns else 0


def _stat(process: Path) -> list[str]:
    """Columns behind the command; none for a process that has ended."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
