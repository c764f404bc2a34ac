"""A real kubectl completes `kubectl otel`; no server is asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.cluster import binaries


@pytest.fixture(scope="module")
def kubectl() -> Path:
    return binaries.ensure(["kubectl"])["kubectl"]


def test_kubectl_asks_the_installed_command_and_understands_it(kubectl: Path, tmp_path: Path) -> None:
    (tmp_path / "collectors").mkdir()
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}

    def complete(*words: str) -> str:
        command = [str(kubectl), "__complete", "otel", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path).stdout

    option, directive = complete("render", "--include").splitlines()
    assert (option.partition("\t")[0], directive) == ("--include-others", ":4")
    assert complete("render", "coll") == "collectors/\n:6\n"
