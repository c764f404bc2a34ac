from __future__ import annotations

import threading

import pytest

from e2e.cluster.progress import Progress, elapsed


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0s"), (59.9, "59s"), (60, "1m00s"), (185, "3m05s")])
def test_times_read_as_people_say_them(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_a_long_step_says_what_how_far_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    reported = threading.Event()
    lines: list[str] = []

    def say(text: str) -> None:
        lines.append(text)
        if "3 of 9" in text:
            reported.set()

    monkeypatch.setattr("e2e.cluster.progress.say", say)
    with Progress("build it", every=0.01) as progress:
        progress.detail = "3 of 9"
        assert reported.wait(10)
    assert lines[0] == "build it ..."
    assert "build it: 3 of 9, 0s" in lines
    assert lines[-1] == "build it: done after 0s"


def test_a_step_that_raises_is_said_to_have_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), Progress("build it"):
        raise ValueError("no")
    assert capsys.readouterr().err.endswith("build it: failed after 0s\n")
