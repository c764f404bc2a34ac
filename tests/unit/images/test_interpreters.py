"""Which Python a version stands for."""

from pathlib import Path

import pytest

from e2e.images import interpreters


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_program_that_says_it_is_that_version_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = program(tmp_path, "python9.9", "echo 9.9")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert interpreters.find("9.9") == found


@pytest.mark.parametrize(("version", "script"), [("9.8", "exit 127"), ("9.7", "echo 9.6")])
def test_a_stand_in_for_a_version_that_is_not_there_is_passed_over(
    version: str, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, f"python{version}", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert interpreters.find(version) is None
