"""Runs a cluster's programs so that none of them can outlive the program that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from e2e.cluster.errors import ComponentError

STOP_SECONDS = 10.0
_TAIL_BYTES = 8192
_TAIL_LINES = 15


def log_tail(path: Path) -> str:
    """Return the last lines of a log file, indented; a missing file says so."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    except FileNotFoundError:
        return f"  (no log at {path})"
    return "\n".join(f"  {line}" for line in lines) or "  (empty log)"


@dataclass(slots=True)
class Component:
    """One running program of a cluster."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float = field(default_factory=time.time)

    def check_alive(self) -> None:
        """Raise ComponentError with the end of the log when the program has ended."""
        code = self.process.poll()
        if code is not None:
            raise ComponentError(f"{self.name} ended with code {code}; the last lines of {self.log}:\n{log_tail(self.log)}")

    def end(self, *, grace: float = STOP_SECONDS) -> None:
        """Stop the program and wait until it is gone: SIGTERM, and SIGKILL after ``grace`` seconds (at once when 0)."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM if grace else signal.SIGKILL)
        try:
            self.process.wait(grace or STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class ProcessGroup:
    """Context manager that starts components in one process group and ends them all, whatever happens to this process.

    The group's leader is a shell that waits for the end of a pipe only this process holds open. However this process
    ends, the pipe closes, and the shell kills the group; ``prctl(PR_SET_PDEATHSIG)`` would instead follow the thread.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.components: dict[str, Component] = {}
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        self._guard = subprocess.Popen(["/bin/sh", "-c", "read -r line; kill -9 0"], stdin=subprocess.PIPE, process_group=0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str | Path], pass_fds: Sequence[int] = ()) -> Component:
        """Start a program with its output appended to ``<logs>/<name>.log``; it inherits ``pass_fds`` and nothing else."""
        if self._guard is None:
            raise ComponentError(f"{name} cannot start: its process group is not open")
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                process_group=self._guard.pid,
            )
        self.components[name] = Component(name, process, log)
        return self.components[name]

    def check_alive(self) -> None:
        """Raise ComponentError for the first component that has ended."""
        for component in self.components.values():
            component.check_alive()

    def stop(self) -> None:
        """End every component, last started first, then the guard."""
        for component in reversed(self.components.values()):
            component.end()
        self.components.clear()
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            # Not left to the pipe: a duplicate of its end, made by whoever else is in this process, would keep it open.
            os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
            self._guard = None
