from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.collector import results
from tests.benchmarks.collector.idle import Idle
from tests.benchmarks.collector.machine import cpu_name
from tests.benchmarks.collector.rounds import Pair
from tests.benchmarks.collector.scenarios import Bar, Load, Row
from tests.benchmarks.collector.table import Measured, Report, cells, grid, render
from tests.benchmarks.collector.trial import Trial

GO = Trial(items=100_000, cpu_seconds=1.0, rss_mib=100.0, busy=1.0, core_idle=0.0, p50_ms=1.0, p99_ms=9.0)
OURS = Trial(items=500_000, cpu_seconds=1.0, rss_mib=45.0, busy=1.0, core_idle=0.0, p50_ms=1.0, p99_ms=2.0)
BROKEN = Trial(items=1, cpu_seconds=1.0, rss_mib=45.0, busy=1.0, core_idle=0.0, p50_ms=1.0, p99_ms=2.0, faults=("3 x HTTP 503",))


def row(bar: Bar, *pairs: Pair) -> Measured:
    return Measured(Row(Load("grpc"), bar), list(pairs))


def test_a_line_has_figures_ratios_bars_and_the_verdict() -> None:
    line = cells(row(Bar(4, 0.5), Pair(OURS, GO)))
    assert line == ["grpc-traces-512", "500.0", "100.0", "5.00", "5.00", ">= 4", "45", "100", "0.45", "<= 0.5", "2.0/9.0", "ok"]


def test_a_missed_bar_is_said_in_capitals() -> None:
    assert cells(row(Bar(6, 0.4), Pair(OURS, GO)))[-1] == "MISSED speed and memory"
    assert cells(row(Bar(), Pair(OURS, GO)))[-1] == ""


def test_a_row_without_a_valid_round_shows_no_figures_and_the_reason_stands_below() -> None:
    report = Report(rows=[row(Bar(4), Pair(BROKEN, GO))])
    assert cells(report.rows[0])[-1] == "INVALID"
    assert "grpc-traces-512: ours: 3 x HTTP 503\n" in render(report)


def test_rounds_that_do_not_count_are_counted() -> None:
    assert cells(row(Bar(4), Pair(BROKEN, GO), Pair(OURS, GO)))[-1] == "ok (1 of 2 rounds invalid)"


def test_a_collector_that_was_not_kept_busy_is_told_of() -> None:
    bored = Trial(items=500_000, cpu_seconds=1.0, rss_mib=45.0, busy=0.5, core_idle=0.5, p50_ms=1.0, p99_ms=2.0)
    assert row(Bar(4), Pair(bored, GO)).notes == ["ours: core 50% idle, the load was the limit"]
    steady = Measured(Row(Load("grpc", rate=1000)), [Pair(bored, GO)])
    assert steady.notes == []


def test_idle_figures_are_held_to_their_own_bars() -> None:
    text = render(
        Report(ours_idle=[Idle(0.3, 0.3, 60.0), Idle(0.35, 0.3, 62.0), Idle(9, 9, 99)], go_idle=[Idle(0.1, 0.1, 33)] * 3)
    )
    assert "idle RSS: ours 62.0 MiB, Go 33.0 MiB; bar <= 50 MiB: MISSED\n" in text
    assert "start to ready: ours 0.350 s, Go 0.100 s; bar <= 0.4 s: ok" in text


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert grid([["a", "bb"], ["ccc", ""]]) == ["a   | bb", "----+---", "ccc |"]


def test_what_was_skipped_is_said_with_the_reason() -> None:
    assert render(Report(skipped={"workers": "no such flag"})) == "workers: skipped: no such flag\n"


def test_the_file_has_every_round_and_the_medians(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.write(path, Report(rows=[row(Bar(6), Pair(OURS, GO), Pair(BROKEN, GO))]), {"commit": "abc"})
    written = json.loads(path.read_text())
    assert written["commit"] == "abc"
    entry = written["rows"]["grpc-traces-512"]
    assert entry["median"]["speed"] == 5
    assert entry["missed"] == ["speed"]
    assert [part["ours"]["items_per_cpu_second"] for part in entry["rounds"]] == [500_000, 1]
    assert entry["rounds"][1]["ours"]["faults"] == ["3 x HTTP 503"]
    assert list(tmp_path.iterdir()) == [path]


def test_the_processor_is_called_by_its_model() -> None:
    assert cpu_name("processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\n") == "Some CPU @ 2.0GHz"
    assert cpu_name("CPU part\t: 0xd0c\n")
