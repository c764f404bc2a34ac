"""Runs a suite of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.differential import pages, running
from tests.differential.outcome import Outcome
from tests.differential.pages import PageSuite
from tests.differential.suites import AnySuite


def run(
    suite: AnySuite, commands: Mapping[str, Sequence[str | Path]], *, seconds: float, most_requests: int, seed: int = 0
) -> Outcome:
    """Compare the collectors `go` and `ours` until the time or the requests are enough."""
    run_one = pages.run if isinstance(suite, PageSuite) else running.run
    return run_one(suite, commands, seconds=seconds, most_requests=most_requests, seed=seed)  # type: ignore[operator]
