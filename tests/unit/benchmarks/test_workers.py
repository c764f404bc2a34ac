from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.collector import workers
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.table import Report, render
from tests.benchmarks.collector.trial import Trial
from tests.benchmarks.collector.workers import Scaling

ONE = Trial(items=1000, cpu_seconds=1.0, rss_mib=60.0, busy=1.0, core_idle=0.0, p50_ms=1.0, p99_ms=2.0, cpu_by_process=(1.0,))


def two(*cpu: float, items: int = 1000) -> Trial:
    return replace(ONE, items=items, cpu_seconds=sum(cpu), cpu_by_process=cpu)


def test_two_workers_that_share_evenly_at_the_same_cost_carry_twice_as_much() -> None:
    assert Scaling(ONE, two(0.5, 0.5)).factor == 2


def test_the_busier_worker_is_the_limit() -> None:
    scaling = Scaling(ONE, two(0.6, 0.4))
    assert scaling.largest_share == 0.6
    assert scaling.factor == pytest.approx(1 / 0.6)


def test_a_dearer_item_and_a_third_process_lower_the_factor() -> None:
    assert Scaling(ONE, two(0.5, 0.5, items=900)).factor == pytest.approx(1.8)
    assert Scaling(ONE, two(0.5, 0.5, 0.25)).factor == pytest.approx(2)


def test_a_team_of_two_has_a_core_more() -> None:
    ours = Contender("ours", (Path("/otelcol"),), (0,), {"A": "b"})
    one, both = workers.teams(ours, 1)
    assert one.command == (Path("/otelcol"), "--workers", "1")
    assert (both.command[-1], both.cores, both.environment) == ("2", (0, 1), {"A": "b"})


def test_the_line_has_the_verdict_and_the_faults() -> None:
    broken = Scaling(ONE, replace(two(1.0, 1.0), faults=("3 x HTTP 503",)))
    text = render(Report(workers=[Scaling(ONE, two(0.5, 0.5)), broken]))
    assert "2 workers carry 2.00 x one" in text
    assert "bar >= 1.8: ok" in text
    assert "workers: 2 workers: 3 x HTTP 503" in text
