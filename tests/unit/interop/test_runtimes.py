"""What is missing is named, and what fails to come says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.cluster.errors import BuildError
from tests.interop import runtimes


@pytest.mark.parametrize(
    ("command", "names"), [(runtimes.node, "not on PATH: node, npm"), (runtimes.java, "not on PATH: java, javac, mvn")]
)
def test_a_missing_runtime_is_named(command: object, names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(command)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(runtimes.MissingRuntime, match=names):
        command()


def test_a_node_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v18.1.0\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(runtimes.MissingRuntime, match=r"20\.6 or newer, .*node is 18\.1"):
        runtimes.node()


def test_jars_other_than_the_listed_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("java", "javac", "mvn"):
        program = tmp_path / name
        # As Maven, which is told where to copy jars to.
        program.write_text(
            '#!/bin/sh\nfor word in "$@"; do case $word in -DoutputDirectory=*) echo x > "${word#*=}/other.jar";; esac; done\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path / "cache"))
    with pytest.raises(BuildError, match=r"other\.jar"):
        runtimes.java()
