"""Runs all tests in a few processes side by side, because most of them wait for servers: `python -m tests.side_by_side`.

What each process prints comes when it is over, those with failures last; how far they are is shown in between.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_AGENT = "tests/unit/agent"
_NETWORK = tuple(f"{_AGENT}/{name}" for name in ("exporters", "longruns", "receivers", "sending", "workers"))
PARTS: dict[str, tuple[str, ...]] = {
    "unit": ("tests/unit", *(f"--ignore={folder}" for folder in _NETWORK)),
    "network": _NETWORK,
    "integration": ("tests/integration", "--ignore=tests/integration/webhook"),
    "others": ("tests", "--ignore=tests/unit", "--ignore=tests/integration"),
    "webhook": ("tests/integration/webhook",),
}
"""Arguments of pytest by name; every test is in one of them."""
AT_ONCE = 4
"""More make servers in tests wait for a core until they are taken for dead."""
_SHOWN_EVERY = 20.0
_POLL = 0.5
_PERCENT = re.compile(r"\[ *(\d+)%\]")


@dataclass(frozen=True, slots=True)
class Job:
    """A pytest process and the file that takes what it prints."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[str]

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return Path(self.output.name).read_text(errors="replace")

    @property
    def progress(self) -> str:
        """How far it is, for people."""
        if self.process.poll() is not None:
            return "over" if self.process.returncode == 0 else "FAILED"
        found = _PERCENT.findall(self.text)
        return f"{found[-1] if found else 0} %"


def main(argv: Sequence[str] | None = None) -> int:
    """Run every part with further arguments of pytest; 1 when one of them failed."""
    more = list(sys.argv[1:] if argv is None else argv)
    jobs: list[Job] = []
    try:
        _run(jobs, [(name, (*arguments, *more)) for name, arguments in PARTS.items()])
        for job in sorted(jobs, key=lambda job: job.process.returncode != 0):
            print(f"==> {job.name}\n{job.text}", flush=True)
        return int(any(job.process.returncode for job in jobs))
    finally:
        for job in jobs:
            if job.process.poll() is None:
                job.process.terminate()
                job.process.wait()
            job.output.close()


def _started(name: str, arguments: Sequence[str]) -> Job:
    output = tempfile.NamedTemporaryFile("w", prefix=f"tests-{name}-", suffix=".log")  # noqa: SIM115 (the caller closes it)
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", "-p", "no:cacheprovider", *arguments]
    return Job(name, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT), output)


def _run(jobs: list[Job], parts: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Run all parts, in order, some at once, and show how far they are; `jobs` takes those that were started."""
    start = shown = time.monotonic()
    waiting = deque(parts)
    while waiting or any(job.process.poll() is None for job in jobs):
        while waiting and sum(job.process.poll() is None for job in jobs) < AT_ONCE:
            jobs.append(_started(*waiting.popleft()))
        time.sleep(_POLL)
        if time.monotonic() - shown >= _SHOWN_EVERY:
            shown = time.monotonic()
            states = ", ".join(f"{job.name} {job.progress}" for job in jobs)
            print(f"tests: {states} after {shown - start:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
