from __future__ import annotations

from pathlib import Path

import pytest

from e2e.cluster import debian
from e2e.cluster.errors import ClusterError


def test_what_is_there_is_not_missing(tmp_path: Path) -> None:
    (tmp_path / "plugin").touch()
    assert debian.missing({"plugins": str(tmp_path / "plugin"), "coreutils": "sh"}) == []


def test_missing_packages_are_named(tmp_path: Path) -> None:
    assert debian.missing({"one": str(tmp_path / "absent"), "two": "no-such-program-anywhere"}) == ["one", "two"]


def test_without_apt_the_person_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ClusterError, match="apt-get install absent"):
        debian.install({"absent": "no-such-program-anywhere"})
