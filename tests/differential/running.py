"""Runs suites: generates, sends, compares, and shows each difference small."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tests.differential.comparing import Difference, Form, Item, changed_parts, differences, differences_by_name, items_of
from tests.differential.outcome import Outcome
from tests.differential.peers import Pair
from tests.differential.suite import Suite

_MOST_FOUND = 1000
_LONGEST_SHOWN = 600


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
        outcome.note(suite.explain(difference), suite.known(difference), shown(suite, difference, number))


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
