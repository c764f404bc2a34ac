"""Runs suites: generates, sends, compares, and shows each difference small."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.differential.comparing import Difference, Form, Item, changed_parts, differences, differences_by_name, items_of
from tests.differential.peers import Pair
from tests.differential.suite import Suite

_MOST_FOUND = 1000
_MOST_SHOWN = 60
_MOST_OF_ONE = 3
"""Differences that are shown of what is about one statement: the others are counted."""
_LONGEST_SHOWN = 600


@dataclass(slots=True)
class Outcome:
    """What a run of a suite found."""

    suite: str
    requests: int = 0
    items: int = 0
    known: Counter[str] = field(default_factory=Counter)
    """Differences by the reason that is listed for them."""
    unreadable: int = 0
    """Requests for which the Go collector sent on text that is not UTF-8, or panicked."""
    about: Counter[str] = field(default_factory=Counter)
    """Other differences, by what they are about."""
    found: list[str] = field(default_factory=list)
    """Some of those as text, each with the seed that shows it again."""

    def summary(self) -> str:
        """Return one line."""
        known = f", {sum(self.known.values())} of known kinds" if self.known else ""
        unreadable = f", {self.unreadable} requests without a readable answer of Go's" if self.unreadable else ""
        return f"{self.suite}: {self.requests} requests, {self.items} items, {self.about.total()} differences{known}{unreadable}"


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
        reason = suite.known(difference)
        if reason is not None:
            outcome.known[reason] += 1
            continue
        about = suite.explain(difference)
        outcome.about[about] += 1
        if outcome.about[about] <= _MOST_OF_ONE and len(outcome.found) < _MOST_SHOWN:
            outcome.found.append(shown(suite, difference, number))


def shown(suite: Suite, difference: Difference, number: int) -> str:
    """Return a difference as text: what of the configuration it is about, the input, and where the outputs differ."""
    go, ours = changed_parts(_form(difference.go), _form(difference.ours))
    lines = [f"{suite.name}, seed {number}, item {difference.place}"]
    if explanation := suite.explain(difference):
        lines.append(f"  about: {explanation}")
    for name, form in (("sent", _form(difference.sent)), ("go", go), ("ours", ours)):
        lines.append(f"  {name}: {_short(form)}")
    return "\n".join(lines)


def _form(item: Item | None) -> Form:
    return None if item is None else {"resource": item.resource, "scope": item.scope, "item": item.item}


def _short(form: Form) -> str:
    text = json.dumps(form, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}... ({len(text)} characters)"
