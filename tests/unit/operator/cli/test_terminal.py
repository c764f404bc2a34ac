"""Text for people: coloured at a terminal, and nothing but itself everywhere else."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

MISTAKEN = """\
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: web}
spec: {mode: balloon, config: {}}
"""
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    file = tmp_path / "a-folder-with-a-rather-long-name-so-that-lines-are-wider-than-eighty-columns" / "collector.yaml"
    file.parent.mkdir()
    file.write_text(MISTAKEN)
    return file


def command(file: Path) -> list[str]:
    return [sys.executable, "-m", "otel_operator", "validate", str(file)]


def at_terminal(file: Path, environment: Mapping[str, str]) -> str:
    """Run with a terminal as standard output; return what it shows, without the carriage returns that terminals add."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLORTERM")}
    done = subprocess.run(
        command(file), stdout=theirs, stderr=subprocess.DEVNULL, env={**clean, "TERM": "xterm", **environment}, check=False
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # the end of what a terminal holds, on Linux
        pass
    os.close(ours)
    assert done.returncode == 1
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [None, "0", "20", "x"])
def test_a_terminal_shows_colours_around_the_text_that_a_pipe_gets(columns: str | None, mistaken: Path) -> None:
    piped = subprocess.run(command(mistaken), capture_output=True, text=True, check=False).stdout
    shown = at_terminal(mistaken, {"COLUMNS": columns} if columns else {})
    assert ": error: " in piped
    assert _ESCAPE.search(shown)
    assert _ESCAPE.sub("", shown) == piped


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_are_shown_to_who_does_not_want_them(environment: dict[str, str], mistaken: Path) -> None:
    shown = at_terminal(mistaken, environment)
    assert ": error: " in shown
    assert "\x1b" not in shown
