"""Takes the stacks of all threads at intervals, with the CPU time that each thread has spent since the last look."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType

HERTZ = 100
MAX_DEPTH = 128
"""Frames kept of a stack, innermost first."""
MAX_STACKS = 20_000
"""Different stacks kept; what comes after counts as `other`."""

Stack = tuple[tuple[CodeType, int], ...]
"""Code and line of each frame, innermost first."""


@dataclass(slots=True)
class Usage:
    """What was seen of one stack."""

    samples: int = 0
    cpu_ns: int = 0


@dataclass(slots=True)
class Profile:
    """What a sampler saw; `other` stands for the stacks beyond `MAX_STACKS`."""

    stacks: dict[Stack, Usage] = field(default_factory=dict)
    other: Usage = field(default_factory=Usage)
    started: float = field(default_factory=time.time)
    seconds: float = 0.0

    def add(self, stack: Stack, cpu_ns: int) -> None:
        """Count one look at a thread."""
        usage = self.stacks.get(stack)
        if usage is None:
            usage = self.other if len(self.stacks) >= MAX_STACKS else self.stacks.setdefault(stack, Usage())
        usage.samples += 1
        usage.cpu_ns += cpu_ns


class Sampler:
    """A thread that samples until `stop`. It costs about 1 % of a core, and threads in C code show their last Python frame."""

    def __init__(self) -> None:
        self._end = threading.Event()
        self._profile = Profile()
        self._cpu: dict[int, int] = {}
        self._thread = threading.Thread(target=self._run, name="profiler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> Profile:
        """End, and return what was seen."""
        self._end.set()
        self._thread.join()
        self._profile.seconds = time.time() - self._profile.started
        return self._profile

    def _run(self) -> None:
        own = threading.get_ident()
        self._cpu = dict(_cpu_times(own))
        while not self._end.wait(1 / HERTZ):
            times = dict(_cpu_times(own))
            for thread, frame in sys._current_frames().items():
                # Threads that have not run in between are not on the CPU; a profile of CPU time leaves them out.
                spent = times.get(thread, 0) - self._cpu.get(thread, 0)
                if thread != own and spent > 0:
                    self._profile.add(stack_of(frame), spent)
            self._cpu = times


def stack_of(frame: FrameType | None) -> Stack:
    """Return the frames below and including `frame`, innermost first, at most `MAX_DEPTH`."""
    frames: list[tuple[CodeType, int]] = []
    while frame is not None and len(frames) < MAX_DEPTH:
        frames.append((frame.f_code, frame.f_lineno or 0))
        frame = frame.f_back
    return tuple(frames)


def _cpu_times(own: int) -> Iterator[tuple[int, int]]:
    """Thread ident and CPU nanoseconds of every other Python thread that is alive."""
    for thread in threading.enumerate():
        ident = thread.ident
        if ident is None or ident == own or not thread.is_alive():
            continue
        try:
            yield ident, time.clock_gettime_ns(time.pthread_getcpuclockid(ident))
        except OSError:  # it has ended meanwhile
            continue
