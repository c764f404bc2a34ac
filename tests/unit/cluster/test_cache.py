from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from e2e.cluster.cache import cache_dir, digest, locked


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path / "chosen"))
    assert cache_dir() == tmp_path / "chosen"


def test_without_a_choice_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OTEL_OPERATOR_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "otel-operator"


def test_a_digest_sees_where_one_input_ends_and_the_next_begins() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"])
    assert digest(["ab", b"c"]) == digest([b"ab", "c"])


def test_a_second_holder_waits_until_the_lock_is_given_back(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    imports = "from pathlib import Path; from e2e.cluster.cache import locked"
    code = f"{imports}\nwith locked(Path({str(lock)!r}), 'work'): print('got it')"
    with locked(lock, "work"):
        waiter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert waiter.stderr is not None
        assert "waiting for another process" in waiter.stderr.readline()
        assert waiter.poll() is None
    out, _ = waiter.communicate(timeout=30)
    assert out == "got it\n"
