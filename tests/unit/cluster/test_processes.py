from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.cluster.errors import ComponentError
from e2e.cluster.processes import ProcessGroup, log_tail
from e2e.cluster.waiting import wait_until


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_component_that_ends_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        component = group.start("broken", ["/bin/sh", "-c", "echo bad flag; exit 3"])
        component.process.wait(10)
        with pytest.raises(ComponentError, match=r"broken ended with code 3(.|\n)*bad flag"):
            group.check_alive()


def test_leaving_the_group_ends_every_component(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        pids = [group.start(f"sleeper-{number}", ["sleep", "600"]).process.pid for number in range(2)]
    assert all(gone(pid) for pid in pids)


def test_components_die_with_the_program_that_started_them_even_if_it_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from e2e.cluster.processes import ProcessGroup\n"
        f"group = ProcessGroup(Path({str(tmp_path)!r})).__enter__()\n"
        "print(group.start('sleeper', ['sleep', '600']).process.pid, flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        os.kill(starter.pid, signal.SIGKILL)
    wait_until("the component's end", lambda: gone(pid), seconds=20)


def test_a_program_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        stubborn = group.start("stubborn", ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"])
        wait_until("its start", lambda: stubborn.log.read_text() == "ready\n", seconds=10)
        stubborn.end(grace=0.2)
        assert stubborn.process.returncode == -signal.SIGKILL


def test_a_closed_group_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="late cannot start"):
        ProcessGroup(tmp_path).start("late", ["true"])


def test_only_the_last_lines_of_a_long_log_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text("".join(f"line {number}\n" for number in range(10000)))
    lines = log_tail(log).splitlines()
    assert lines[-1].strip() == "line 9999"
    assert len(lines) == 15


def test_a_missing_log_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "no log" in log_tail(tmp_path / "none.log")
