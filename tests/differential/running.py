"""Runs suites: generates, sends, compares, and shows each difference small."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tests.differential.comparing import Difference, differences, differences_by_name, items_of
from tests.differential.outcome import Outcome
from tests.differential.peers import Pair
from tests.differential.showing import difference_text
from tests.differential.suite import Suite

_MOST_FOUND = 1000


def run(
    suite: Suite,
    commands: Mapping[str, Sequence[str | Path]],
    *,
    seconds: float,
    most_requests: int,
    seed: int = 0,
    most_found: int = _MOST_FOUND,
) -> Outcome:
    """Compare the collectors `go` and `ours` until the time, the requests or the differences are enough.

    Request number n is generated from `seed + n`, so that any of them can be made again.
    """
    outcome = Outcome(suite.name)
    with tempfile.TemporaryDirectory(prefix="differential-") as folder, Pair(suite, commands, Path(folder)) as pair:
        end = time.monotonic() + seconds
        while outcome.requests < most_requests and outcome.about.total() < most_found:
            if outcome.requests and time.monotonic() > end:
                break
            number = seed + outcome.requests
            request = suite.generate(Random(number))
            outputs = pair.exchange(request)
            outcome.requests += 1
            sent = list(items_of([request], suite.signal))
            outcome.items += len(sent)
            go, ours = outputs["go"], outputs["ours"]
            if ours is None:
                raise AssertionError(f"{suite.name}, seed {number}: ours gave no answer, or sent on what is no protobuf")
            if go is None:
                outcome.unreadable += 1
                continue
            came = list(items_of(go, suite.signal)), list(items_of(ours, suite.signal))
            found = differences_by_name(sent, *came, suite.identity) if suite.identity else differences(sent, *came)
            _sort_out(outcome, suite, found, number)
    return outcome


def _sort_out(outcome: Outcome, suite: Suite, found: list[Difference], number: int) -> None:
    for difference in found:
        about = suite.explain(difference)
        outcome.note(about, suite.known(difference), difference_text(suite.name, about, difference, number))
