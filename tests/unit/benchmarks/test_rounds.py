from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks.collector.rounds import Pair, missed, play, summarize
from tests.benchmarks.collector.scenarios import Bar
from tests.benchmarks.collector.trial import Trial

TRIAL = Trial(items=1000, cpu_seconds=1.0, rss_mib=100.0, busy=1.0, core_idle=0.0, p50_ms=1.0, p99_ms=2.0)


def pair(ours: float, go: float, *faults: str) -> Pair:
    """Return a round in which the two handled so many items in one CPU-second."""
    return Pair(replace(TRIAL, items=int(ours), rss_mib=40.0, faults=faults), replace(TRIAL, items=int(go)))


def test_collectors_are_measured_in_turn() -> None:
    order: list[str] = []

    def once(name: str) -> Trial:
        order.append(name)
        return TRIAL

    assert len(play(2, lambda: once("ours"), lambda: once("go"))) == 2
    assert order == ["ours", "go", "ours", "go"]


def test_the_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_medians() -> None:
    summary = summarize([pair(400, 100), pair(900, 300), pair(200, 200)])
    assert summary is not None
    assert summary.speed == 3
    assert (summary.ours_speed, summary.go_speed) == (400, 200)
    assert summary.memory == pytest.approx(0.4)


def test_invalid_rounds_do_not_count_and_without_valid_ones_there_is_no_figure() -> None:
    spoiled = pair(9999, 1, "3 x HTTP 503")
    assert spoiled.faults == ["ours: 3 x HTTP 503"]
    assert summarize([spoiled]) is None
    summary = summarize([spoiled, pair(300, 100)])
    assert summary is not None
    assert summary.speed == 3


@pytest.mark.parametrize(
    ("bar", "names"),
    [(Bar(3, 0.4), []), (Bar(3.1, 0.4), ["speed"]), (Bar(3, 0.3), ["memory"]), (Bar(4, 0.1), ["speed", "memory"]), (Bar(), [])],
)
def test_a_bar_is_reached_at_its_very_value(bar: Bar, names: list[str]) -> None:
    summary = summarize([pair(300, 100)])
    assert summary is not None
    assert missed(summary, bar) == names
