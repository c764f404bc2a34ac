from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.collector import results
from tests.benchmarks.collector.__main__ import main, parse
from tests.benchmarks.collector.scenarios import KEYS


def test_three_rounds_of_four_seconds_unless_said_otherwise() -> None:
    assert (parse([]).rounds, parse([]).seconds) == (3, 4)
    assert (parse(["--quick"]).rounds, parse(["--quick"]).seconds) == (1, 2)
    assert (parse(["--quick", "--rounds", "5"]).rounds, parse(["--seconds", "0.5"]).seconds) == (5, 0.5)


def test_environment_for_our_collector_is_given_as_key_and_value() -> None:
    assert parse(["--ours-env", "A=b=c", "--ours-env", "D="]).ours_env == [("A", "b=c"), ("D", "")]


def test_only_a_whole_run_replaces_the_figures_that_stand_for_the_project() -> None:
    assert parse(["--rounds", "5", "--full"]).json == results.WHOLE
    for part in (["--quick"], ["--only", "idle"], ["--ours-env", "A=b"], ["--go-env", "GOGC=400"], ["--go", "/otelcol"]):
        assert parse(part).json == results.PARTIAL, part
    assert parse(["--quick", "--json", "/x.json"]).json == Path("/x.json")


@pytest.mark.parametrize("arguments", [["--ours-env", "A"], ["--rounds", "0"], ["--seconds", "-1"], ["--only", "udp"]])
def test_a_wrong_command_line_ends_with_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_rows_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.split() == list(KEYS)
