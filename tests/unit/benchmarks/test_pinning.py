from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.benchmarks.collector.pinning import Cores, choose, on_cores


def test_the_lowest_allowed_cores_are_taken_and_the_load_shares_one_when_there_are_only_two() -> None:
    assert choose({0, 1}) == Cores(collector=0, load=1, second=1)
    assert choose({7, 3, 5}) == Cores(collector=3, load=5, second=7)


def test_one_core_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two cores are needed"):
        choose({0})


def test_a_program_started_on_a_core_stays_there_and_this_one_does_not() -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    with on_cores(core):
        shown = subprocess.check_output([sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"], text=True)
    assert shown.strip() == f"{{{core}}}"
    assert os.sched_getaffinity(0) == before
