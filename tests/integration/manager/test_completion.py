"""A real kubectl completes `kubectl otel`."""

import os
import sys
from pathlib import Path

import pytest

from e2e.cluster.apiserver import ApiServer


def test_kubectl_asks_the_installed_command_and_understands_it(
    apiserver: ApiServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "collectors").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    option, directive = apiserver.kubectl("__complete", "otel", "render", "--include").splitlines()
    assert (option.partition("\t")[0], directive) == ("--include-others", ":4")
    assert apiserver.kubectl("__complete", "otel", "render", "coll") == "collectors/\n:6\n"
