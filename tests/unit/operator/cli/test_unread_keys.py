"""Keys of the configuration file that nothing reads are named."""

import subprocess
import sys
from pathlib import Path

import pytest

from otel_operator.cli import manager, webhook
from otel_operator.cli.unread_keys import OF_THE_GO_OPERATOR, unread_keys

OPTIONS = (*manager.OPTIONS, *webhook.OPTIONS)


def test_keys_of_either_program_are_read_and_need_no_word() -> None:
    given = ["watch-namespace", "webhook-port", "instrumentations", "enable-node-js-auto-instrumentation"]
    assert unread_keys(given, OPTIONS) == []


def test_a_slip_of_the_pen_is_told_with_what_was_meant() -> None:
    assert unread_keys(["watch-namespaces", "colour"], OPTIONS) == [
        "key watch-namespaces is no option, did you mean watch-namespace?",
        "key colour is no option; remove it",
    ]


def test_keys_that_only_the_go_operator_has_are_told_as_such() -> None:
    assert unread_keys(["pprof-addr"], OPTIONS) == ["key pprof-addr of the Go operator has no effect here; remove it"]


def test_no_key_is_both_read_and_without_effect() -> None:
    assert len(unread_keys(OF_THE_GO_OPERATOR, ())) == 21
    assert OF_THE_GO_OPERATOR.isdisjoint(option.name for option in OPTIONS)


def test_many_are_cut_but_counted() -> None:
    told = unread_keys([f"x{number}" for number in range(30)], OPTIONS)
    assert (len(told), told[-1]) == (21, "and 10 more keys that no program reads")


@pytest.mark.parametrize("program", ["manager", "webhook"])
def test_programs_say_so_at_their_start(program: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    # An Instrumentation that cannot be one ends the program before it looks for a cluster.
    path.write_text("watch-namespaces: a\nenable-instrumentation-crds: false\ninstrumentations: []\n")
    command = [sys.executable, "-m", "otel_operator", program, f"--config-file={path}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "did you mean watch-namespace?" in ended.stderr
    assert "instrumentations: must be one Instrumentation" in ended.stderr
