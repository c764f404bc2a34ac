from __future__ import annotations

import pytest

from tests.benchmarks.collector.scenarios import ASKED, EXTRA, KEYS, Load, select


def test_every_row_has_its_own_name() -> None:
    assert len(set(KEYS)) == len(KEYS)


def test_a_name_says_what_differs_from_the_usual_load() -> None:
    assert Load("grpc").key == "grpc-traces-512"
    assert (
        Load("http", "logs", 10, 50, gzip=True, connections=2000, rate=1000).key
        == "http-logs-10-gzip-50attributes-2000connections"
    )


def test_every_asked_row_has_a_bar_and_no_extra_row_has() -> None:
    assert all(row.bar.speed for row in ASKED)
    assert not any(row.bar.speed or row.bar.memory for row in EXTRA)


def test_without_a_choice_the_asked_rows_are_run_and_the_series_only_when_full() -> None:
    usual, full = select([], full=False), select([], full=True)
    assert usual.rows == ASKED
    assert usual.idle
    assert usual.workers
    assert full.rows == (*ASKED, *EXTRA)


def test_patterns_choose_rows_of_the_series_too() -> None:
    chosen = select(["http-traces-8192", "idle"], full=False)
    assert [row.key for row in chosen.rows] == ["http-traces-8192"]
    assert chosen.idle
    assert not chosen.workers


def test_a_pattern_that_fits_nothing_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"no row is called udp-\*; rows: grpc-traces-512"):
        select(["grpc-*", "udp-*"], full=False)
