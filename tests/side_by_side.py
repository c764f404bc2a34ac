"""Runs all tests in a few processes side by side, because most of them wait for servers: `python -m tests.side_by_side`.

What each process prints comes when it is over, those with failures last; how far they are is shown in between.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_AGENT = "tests/unit/agent"
_NETWORK = tuple(f"{_AGENT}/{name}" for name in ("exporters", "longruns", "receivers", "sending", "workers"))
PARTS: dict[str, tuple[str, ...]] = {
    "unit": ("tests/unit", *(f"--ignore={folder}" for folder in _NETWORK)),
    "network": _NETWORK,
    "integration": ("tests/integration",),
    "others": ("tests", "--ignore=tests/unit", "--ignore=tests/integration"),
}
"""Arguments of pytest by name; every test is in one of them."""
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
        for name, arguments in PARTS.items():
            output = tempfile.NamedTemporaryFile("w", prefix=f"tests-{name}-", suffix=".log")  # noqa: SIM115 (closed below)
            command = [sys.executable, "-m", "pytest", "-q", "--durations=10", "-p", "no:cacheprovider", *arguments, *more]
            jobs.append(Job(name, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT), output))
        _wait(jobs)
        for job in sorted(jobs, key=lambda job: job.process.returncode != 0):
            print(f"==> {job.name}\n{job.text}", flush=True)
        return int(any(job.process.returncode for job in jobs))
    finally:
        for job in jobs:
            if job.process.poll() is None:
                job.process.terminate()
                job.process.wait()
            job.output.close()


def _wait(jobs: Sequence[Job]) -> None:
    start = shown = time.monotonic()
    while any(job.process.poll() is None for job in jobs):
        time.sleep(_POLL)
        if time.monotonic() - shown >= _SHOWN_EVERY:
            shown = time.monotonic()
            parts = ", ".join(f"{job.name} {job.progress}" for job in jobs)
            print(f"tests: {parts} after {shown - start:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
