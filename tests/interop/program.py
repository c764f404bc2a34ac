"""A running program with a stock SDK, and the protocol all of them speak.

A program reads one case a line from stdin: settings `NAME=value` with tabs between them, which are the SDK's environment for
that case. It then tells the story of story.py, shuts the SDK down, and writes the ids of its named spans to stdout as one line of
JSON, `{"checkout": ["<trace id>", "<span id>"], ...}`. What the SDK complains about goes to stderr. It ends with its stdin.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from e2e.cluster.processes import log_tail

Ids = dict[str, tuple[str, str]]
_STOP_SECONDS = 10.0


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what would win over a case's settings.

    Those are other settings of SDKs, proxies, and the CA bundles that Python's `requests` prefers to the one it is told.
    """
    bundles = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("OTEL_") and not name.upper().endswith("_PROXY") and name not in bundles
    }


class ProgramError(Exception):
    """A program ended; the message ends with its last lines on stderr."""


class Program:
    """Context manager around one started program."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._read = 0

    def __enter__(self) -> Self:
        with self.log.open("wb") as errors:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=clean(os.environ),
                text=True,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._process.communicate(timeout=_STOP_SECONDS)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.communicate()

    def tell(self, settings: Mapping[str, str]) -> Ids:
        """Have the story told with these settings; return (trace id, span id) in hex by span name."""
        self.begin(settings)
        return self.finish()

    def begin(self, settings: Mapping[str, str]) -> None:
        """Start telling; `finish` waits for the end."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("\t".join(f"{name}={value}" for name, value in settings.items()) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def finish(self) -> Ids:
        """Wait until what `begin` started is told."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        return {name: (trace, span) for name, (trace, span) in json.loads(line).items()}

    def complaints(self) -> str:
        """Return what the SDK has written to stderr since the last call."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        self._read += len(text)
        return text.decode(errors="replace")

    def _ended(self) -> ProgramError:
        return ProgramError(f"the {self.name} program ended; its last lines on stderr:\n{log_tail(self.log)}")
