from __future__ import annotations

from pathlib import Path

import pytest

from e2e.cluster.__main__ import main, parser


def test_a_command_to_run_inside_keeps_its_own_options() -> None:
    arguments = parser().parse_args(["exec", "--name", "x", "--", "kubectl", "get", "pods", "-A"])
    assert arguments.name == "x"
    assert arguments.command == ["kubectl", "get", "pods", "-A"]


def test_status_of_a_cluster_that_is_down_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path))
    assert main(["status", "--provider", "node", "--name", "none"]) == 1
    assert capsys.readouterr().out == "cluster none is not up\n"


def test_reaching_into_a_cluster_that_is_down_says_how_to_bring_it_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path))
    assert main(["exec", "--provider", "node", "--name", "none", "--", "true"]) == 1
    assert "python -m e2e.cluster up --name none" in capsys.readouterr().err


def test_down_of_a_cluster_that_is_down_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path))
    assert main(["down", "--provider", "node", "--name", "none"]) == 0
