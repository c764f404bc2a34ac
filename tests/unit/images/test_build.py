"""Which program builds images: an engine that answers, else Buildah."""

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.cluster.errors import BuildError
from e2e.images.build import choose_builder

Machine = Callable[..., None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Make PATH hold these programs only, each ending with the given exit code."""

    def with_programs(**exit_codes: int) -> None:
        for name, code in exit_codes.items():
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\nexit {code}\n")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return with_programs


def test_an_engine_that_answers_builds(machine: Machine) -> None:
    machine(docker=1, podman=0, buildah=0)
    assert choose_builder("auto") == "podman"


def test_a_client_without_its_engine_is_passed_over(machine: Machine) -> None:
    machine(docker=1, buildah=0, mmdebstrap=0)
    assert choose_builder("auto") == "buildah"


def test_an_engine_asked_for_by_name_must_answer(machine: Machine) -> None:
    machine(docker=1, buildah=0)
    with pytest.raises(BuildError, match="docker does not answer"):
        choose_builder("docker")
