"""Waits for conditions instead of sleeping, and stops waiting when the awaited program has died."""

from __future__ import annotations

import time
from collections.abc import Callable

from e2e.cluster.errors import ComponentError

POLL_SECONDS = 0.05


def wait_until(
    what: str,
    probe: Callable[[], object],
    *,
    seconds: float,
    alive: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Call ``probe`` until it returns something true.

    ``alive`` is called before each probe and raises when waiting has become pointless. An OSError of the probe (connection
    refused, no such file) means "not yet"; the last one is quoted in the ComponentError raised after ``seconds``.
    """
    deadline = clock() + seconds
    last = ""
    while True:
        alive()
        try:
            if probe():
                return
        except OSError as error:
            last = f" (last answer: {error})"
        if clock() >= deadline:
            raise ComponentError(f"{what} not reached within {seconds:g} s{last}")
        sleep(POLL_SECONDS)
