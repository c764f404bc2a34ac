"""A line every few seconds for steps that take long: what, how far if known, how long so far."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

EVERY_SECONDS = 5.0


def say(text: str) -> None:
    """Print one line for the person who waits; stdout stays free for results."""
    print(text, file=sys.stderr, flush=True)


def elapsed(seconds: float) -> str:
    """Return ``7s`` or ``3m05s``."""
    whole = int(seconds)
    return f"{whole // 60}m{whole % 60:02d}s" if whole >= 60 else f"{whole}s"


class Progress:
    """Context manager that reports a long step from its own thread until the step ends.

    Set ``detail`` at any time to say how far the step is.
    """

    def __init__(self, what: str, every: float = EVERY_SECONDS) -> None:
        self.what = what
        self.detail = ""
        self._every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._report, name=f"progress of {what}", daemon=True)
        self._start = 0.0

    def __enter__(self) -> Self:
        self._start = time.monotonic()
        say(f"{self.what} ...")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()
        say(f"{self.what}: {'failed' if error else 'done'} after {elapsed(time.monotonic() - self._start)}")

    def _report(self) -> None:
        while not self._done.wait(self._every):
            detail = f"{self.detail}, " if self.detail else ""
            say(f"{self.what}: {detail}{elapsed(time.monotonic() - self._start)}")
