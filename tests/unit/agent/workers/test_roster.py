import os
from pathlib import Path

import pytest

from otel_agent.workers.roster import MOST_AGE, Roster

OWN = os.getpid()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def process(root: Path, pid: int, pss: int | None, resident: int = 0) -> None:
    """Let /proc tell of a process; `pss` in KiB, `resident` in pages of which 1 is shared."""
    folder = root / str(pid)
    folder.mkdir(exist_ok=True)
    if pss is not None:
        (folder / "smaps_rollup").write_text(f"5581-7fff ---p 0 [rollup]\nRss: 9999 kB\nPss: {pss} kB\nPss_Anon: {pss // 2} kB\n")
    (folder / "statm").write_text(f"9000 {resident} 1 1 0 20 0\n")
    (folder / "stat").write_text(f"{pid} (a) b) S {' '.join(str(n) for n in range(10))} 150 50 0 0\n")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def roster(tmp_path: Path, clock: Clock) -> Roster:
    made = Roster(3, clock, tmp_path)
    process(tmp_path, OWN, 1000)
    process(tmp_path, 7, 300)
    made.enter(0, OWN)
    made.enter(1, 7)
    return made


def test_shared_pages_count_once(roster: Roster) -> None:
    assert roster.resident_bytes() == 1300 * 1024
    assert roster.usage().private == 650 * 1024


def test_own_memory_is_measured_each_time_and_that_of_others_once_a_second(roster: Roster, tmp_path: Path, clock: Clock) -> None:
    roster.resident_bytes()
    process(tmp_path, OWN, 2000)
    process(tmp_path, 7, 900)
    assert roster.resident_bytes() == 2300 * 1024
    clock.now += MOST_AGE
    assert roster.resident_bytes() == 2900 * 1024


def test_a_successor_is_not_taken_for_its_predecessor(roster: Roster, tmp_path: Path) -> None:
    roster.resident_bytes()
    process(tmp_path, 8, 50)
    roster.enter(1, 8)
    assert roster.resident_bytes() == 1050 * 1024


def test_a_process_that_has_ended_counts_nothing(roster: Roster, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "7/smaps_rollup").unlink()
    (tmp_path / "7/statm").unlink()
    assert roster.resident_bytes() == 1000 * 1024
    roster.enter(1, 0)
    assert roster.pids == [OWN]


def test_where_the_kernel_does_not_divide_shared_pages_private_ones_count(roster: Roster, tmp_path: Path) -> None:
    process(tmp_path, 9, None, resident=11)
    roster.enter(2, 9)
    assert roster.resident_bytes() == 1300 * 1024 + 10 * os.sysconf("SC_PAGE_SIZE")


def test_cpu_time_of_ended_processes_stays_in_the_sum(roster: Roster) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    roster.ended_cpu_seconds = 5.0
    assert roster.usage().cpu_seconds == pytest.approx(5.0 + 2 * 200 / ticks)


def test_the_sum_of_cpu_time_never_falls(roster: Roster, tmp_path: Path) -> None:
    before = roster.usage().cpu_seconds
    (tmp_path / "7/stat").unlink()
    assert roster.usage().cpu_seconds == before
    roster.ended_cpu_seconds = before
    assert roster.usage().cpu_seconds > before


def test_real_processes_are_measured() -> None:
    roster = Roster(1)
    roster.enter(0, OWN)
    assert roster.resident_bytes() > 1_000_000
    assert roster.usage().cpu_seconds > 0
