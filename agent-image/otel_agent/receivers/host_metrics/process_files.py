"""The files of one process below /proc, read into plain values."""

from dataclasses import dataclass

from otel_agent.receivers.host_metrics.host import CLOCK_TICKS, PAGE_SIZE, HostFiles, entries_of, read

_WAIT_COLUMN = 39
"""Ticks of waiting for block devices, counted after the name; kernels without the accounting have 0 there."""


@dataclass(frozen=True, slots=True)
class Stat:
    """/proc/<pid>/stat. Times are seconds."""

    name: str
    """At most 15 bytes."""
    parent: int
    minor_faults: int
    major_faults: int
    user: float
    system: float
    wait: float
    threads: int
    started: float
    """After boot."""

    @classmethod
    def parse(cls, text: str) -> "Stat":
        """Read the line; the name may have spaces and parentheses in it. ValueError for what is no such line."""
        head, _, tail = text.rpartition(")")
        fields = tail.split()
        if len(fields) < 20:
            raise ValueError(f"{len(fields)} columns after the name of the process, expected 20 or more")
        return cls(
            name=head.partition("(")[2],
            parent=int(fields[1]),
            minor_faults=int(fields[7]),
            major_faults=int(fields[9]),
            user=int(fields[11]) / CLOCK_TICKS,
            system=int(fields[12]) / CLOCK_TICKS,
            wait=int(fields[_WAIT_COLUMN]) / CLOCK_TICKS if len(fields) > _WAIT_COLUMN else 0.0,
            threads=int(fields[17]),
            started=int(fields[19]) / CLOCK_TICKS,
        )


class ProcessFiles:
    """Of one process. Every method raises OSError when the process has ended or its file is closed to us."""

    def __init__(self, host: HostFiles, pid: str) -> None:
        self._folder = host.proc(pid)

    @property
    def folder(self) -> str:
        """Path below /proc."""
        return self._folder

    def stat(self) -> Stat:
        """Return the counters of the whole process."""
        return Stat.parse(read(f"{self._folder}/stat"))

    def memory(self) -> tuple[int, int]:
        """Return resident and virtual bytes."""
        virtual, resident, *_ = read(f"{self._folder}/statm").split()
        return int(resident) * PAGE_SIZE, int(virtual) * PAGE_SIZE

    def io(self) -> dict[str, int]:
        """Return rchar, wchar, syscr, syscw and more."""
        return {key: int(value) for key, _, value in (line.partition(":") for line in read(f"{self._folder}/io").splitlines())}

    def command(self) -> list[str]:
        """Return the words of the command line; none of a kernel thread."""
        text = read(f"{self._folder}/cmdline")
        return text.rstrip("\0").split("\0") if text else []

    def cgroup(self) -> str:
        """Return the lines of the control groups."""
        return read(f"{self._folder}/cgroup").removesuffix("\n")

    def status(self) -> dict[str, str]:
        """Return /proc/<pid>/status by key."""
        return {
            key: value.strip() for key, _, value in (line.partition(":") for line in read(f"{self._folder}/status").splitlines())
        }

    def user(self) -> int:
        """Return the number of the real user."""
        text = read(f"{self._folder}/status")
        return int(text[text.index("\nUid:") + 5 :].split(None, 1)[0])

    def open_files(self) -> int:
        """Return the number of file descriptors."""
        return len(entries_of(f"{self._folder}/fd"))

    def context_switches(self) -> tuple[int, int]:
        """Return the involuntary and voluntary switches of all threads."""
        involuntary = voluntary = 0
        for thread in entries_of(f"{self._folder}/task"):
            for line in read(f"{self._folder}/task/{thread}/status").splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    voluntary += int(line.split()[1])
                elif line.startswith("nonvoluntary_ctxt_switches:"):
                    involuntary += int(line.split()[1])
        return involuntary, voluntary
