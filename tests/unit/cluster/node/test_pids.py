from __future__ import annotations

import os
import subprocess
from pathlib import Path

from e2e.cluster.node import pids
from e2e.cluster.waiting import wait_until


def test_a_recorded_process_is_known_while_it_runs_and_forgotten_after(tmp_path: Path) -> None:
    record = tmp_path / "pid"
    with subprocess.Popen(["sleep", "600"]) as process:
        pids.record(record, process.pid)
        assert pids.recorded(record) == process.pid
        pids.end(process.pid, 10)
        assert pids.recorded(record) is None


def test_another_process_with_the_same_pid_is_not_taken_for_the_recorded_one(tmp_path: Path) -> None:
    record = tmp_path / "pid"
    record.write_text(f"{os.getpid()} 1\n")
    assert pids.recorded(record) is None


def test_nothing_recorded_is_no_process(tmp_path: Path) -> None:
    assert pids.recorded(tmp_path / "absent") is None


def test_ending_a_process_ends_its_child_first() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "sleep 600 & wait"]) as process:
        wait_until("the child", lambda: pids.child_of(process.pid), seconds=10)
        child = pids.child_of(process.pid)
        pids.end(process.pid, 10)
    assert child is not None
    assert not Path(f"/proc/{child}/cmdline").exists() or Path(f"/proc/{child}/cmdline").read_bytes() == b""
