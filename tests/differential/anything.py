"""Runs a suite of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.differential import pages, running, sources
from tests.differential.outcome import Outcome
from tests.differential.pages import PageSuite
from tests.differential.sources import SourceSuite
from tests.differential.suites import AnySuite


def run(
    suite: AnySuite, commands: Mapping[str, Sequence[str | Path]], *, seconds: float, most_requests: int, seed: int = 0
) -> Outcome:
    """Compare the collectors `go` and `ours` until the time or the requests are enough."""
    if isinstance(suite, PageSuite):
        return pages.run(suite, commands, seconds=seconds, most_requests=most_requests, seed=seed)
    if isinstance(suite, SourceSuite):
        return sources.run(suite, commands, seconds=seconds, most_requests=most_requests, seed=seed)
    return running.run(suite, commands, seconds=seconds, most_requests=most_requests, seed=seed)
