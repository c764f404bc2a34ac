"""Starts a measurement again when its programs did not come up: a port that was free may be taken by the time it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from e2e.cluster.errors import ComponentError
from e2e.cluster.progress import say

TRIES = 3
Result = TypeVar("Result")


def start_again(measure: Callable[[], Result]) -> Result:
    """Return what `measure` does, called up to TRIES times while it raises ComponentError; the last one is raised."""
    for left in range(TRIES - 1, -1, -1):
        try:
            return measure()
        except ComponentError as error:
            if not left:
                raise
            say(f"again with other ports: {error}")
    raise AssertionError("TRIES is at least 1")
