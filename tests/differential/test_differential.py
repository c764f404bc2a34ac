"""A short look at every suite; `make differential` takes longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.anything import run
from tests.differential.suites import AnySuite, missing, suites
from tests.interop import go_collector
from tests.interop.collectors import ours

_SECONDS = 1.0
_REQUESTS = 20


@pytest.fixture(scope="module")
def go(pytestconfig: pytest.Config) -> Path:
    """The Go collector; the first run on a machine builds it, which takes minutes."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # Nobody should have to look at a silent terminal meanwhile.
    with capture.global_and_fixture_disabled():
        return go_collector.build()


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)
def test_our_collector_sends_on_what_the_go_collector_does(suite: AnySuite, go: Path) -> None:
    assert not missing(suite)
    outcome = run(suite, {"go": [go], "ours": ours()}, seconds=_SECONDS, most_requests=_REQUESTS)
    assert outcome.requests > 0
    assert outcome.found == [], "\n".join((*outcome.found, outcome.summary()))
