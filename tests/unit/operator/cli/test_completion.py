"""Shells are told what may come next: by their own scripts, and by kubectl's protocol."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from otel_operator.cli.kubectl_plugin import FOR_USERS
from otel_operator.cli.main import SUBCOMMANDS, main


def shell_environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose path has the command, as it is installed."""
    command = tmp_path / "bin" / "otel-operator"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m otel_operator.cli.main "$@"\n')
    command.chmod(0o755)
    return {"PATH": f"{command.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}


def in_bash(tmp_path: Path, line: str) -> list[str]:
    """Return what bash would offer at the end of a line."""
    script = """\
source <(otel-operator completion bash)
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
_python_argcomplete otel-operator
printf '%s\\n' "${COMPREPLY[@]}"
"""
    command = ["bash", "-c", script, "bash", line]
    done = subprocess.run(command, capture_output=True, text=True, env=shell_environment(tmp_path), cwd=tmp_path, check=True)
    return [word.strip() for word in done.stdout.splitlines() if word.strip()]


def for_kubectl(folder: Path, *words: str) -> tuple[list[str], int]:
    """Return candidates and directive that kubectl would get."""
    command = [sys.executable, "-m", "otel_operator.cli.kubectl_completion", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True)
    *candidates, directive = done.stdout.splitlines()
    assert directive.startswith(":")
    assert done.stderr == ""
    return candidates, int(directive[1:])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script_that_it_can_read(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "otel-operator" in script
    if program := shutil.which(shell):
        assert subprocess.run([program, "-n"], input=script, text=True, capture_output=True).returncode == 0


def test_bash_offers_subcommands(tmp_path: Path) -> None:
    assert sorted(in_bash(tmp_path, "otel-operator ")) == sorted(SUBCOMMANDS)


def test_bash_offers_the_options_of_the_subcommand_that_was_typed(tmp_path: Path) -> None:
    assert in_bash(tmp_path, "otel-operator render --output-d") == ["--output-dir"]


def test_bash_offers_choices(tmp_path: Path) -> None:
    assert sorted(in_bash(tmp_path, "otel-operator render x.yaml -o ")) == ["json", "yaml"]


def test_kubectl_gets_subcommands_with_what_they_do_and_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    candidates, directive = for_kubectl(tmp_path, "")
    assert sorted(candidates) == sorted(f"{name}\t{text}" for name, text in FOR_USERS.items())
    assert directive == 4


def test_kubectl_gets_options_of_a_subcommand(tmp_path: Path) -> None:
    candidates, _ = for_kubectl(tmp_path, "render", "--include-o")
    assert [candidate.partition("\t")[0] for candidate in candidates] == ["--include-others"]
    assert "unchanged" in candidates[0]


def test_paths_are_offered_where_a_path_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "my collectors").mkdir()
    (tmp_path / "my collectors" / "a.yaml").touch()
    assert for_kubectl(tmp_path, "render", "my") == (["my collectors/"], 4 | 2)
    assert for_kubectl(tmp_path, "render", "my collectors/") == (["my collectors/a.yaml"], 4)
    assert for_kubectl(tmp_path, "render", "--config-file", "my collectors/")[0] == ["my collectors/a.yaml"]
    assert for_kubectl(tmp_path, "render", "x", "--output-dir", "m")[0] == ["my collectors/"]
    assert for_kubectl(tmp_path, "explain", "pod", "x", "--kubeconfig", "m")[0] == ["my collectors/"]


def test_paths_are_not_offered_for_names(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert for_kubectl(tmp_path, "render", "--namespace", "") == ([], 4)
    assert for_kubectl(tmp_path, "explain", "pod", "") == ([], 4)


def test_what_is_no_subcommand_of_the_plugin_gets_nothing(tmp_path: Path) -> None:
    assert for_kubectl(tmp_path, "explain", "--kubec")[0] != []
    assert for_kubectl(tmp_path, "manager", "--kubec") == ([], 4)


@pytest.mark.parametrize("words", [["'"], ['"'], ["render", "'a \"b"], ["render", "\\"], ["render", "\n"]])
def test_any_word_is_answered(tmp_path: Path, words: list[str]) -> None:
    assert for_kubectl(tmp_path, *words)[1] & 4


def test_the_manager_does_not_load_what_completes(tmp_path: Path) -> None:
    program = "import sys, otel_operator.cli.main, otel_operator.cli.manager; sys.exit('argcomplete' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path).returncode == 0
