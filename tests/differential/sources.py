"""Receivers that read by themselves: both collectors get the same files or pages, and what they send on is compared.

One configuration has many receivers of a kind, each with a case of its own, so that starting the collectors costs little.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from e2e.cluster.processes import ProcessGroup
from tests.differential.comparing import Difference, Item, differences, items_of
from tests.differential.outcome import Outcome
from tests.differential.peers import Sink
from tests.differential.showing import difference_text
from tests.interop.arrivals import REQUESTS, Signal
from tests.interop.collectors import SILENT, Starter
from tests.standins.metric_pages import Pages

CASE = "case"
"""Attribute of the resource that names a case, unless the suite says another."""
_UNEVEN_SECONDS = 8.0
"""How long the one that has sent less may take before what is missing counts as missing."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the contents of a case lie: a folder, and a port of 127.0.0.1 that serves them by number of the case in turn."""

    folder: Path
    port: int


@dataclass(frozen=True, slots=True)
class Case:
    """A receiver's configuration, what it reads by file name, and what tells it to people."""

    receiver: Mapping[str, Any]
    contents: Mapping[str, bytes]
    about: str


@dataclass(frozen=True, slots=True)
class SourceSuite:
    """Cases of one type of receiver, generated from a seed each."""

    name: str
    kind: str
    signal: Signal
    generate: Callable[[Random, Where, str], Case]
    """Makes a case whose receiver reads from there and marks what it makes with `case`, the text."""
    normalize: Callable[[Item], Item]
    """Leaves out what differs by nature: when something was seen, and by which release."""
    order: Callable[[Item], Any] = lambda item: 0
    """The place of an item among those of a case, where its coming first or last means nothing."""
    known: Callable[[str, Difference], str | None] = lambda about, difference: None
    cases: int = 40
    case_attribute: str = CASE
    still_seconds: float = 0.7
    """How long nothing may have come when all is there."""
    rounds: int = 1_000_000
    """Requests of each case that count, of receivers that never end."""
    component_types: frozenset[str] = frozenset()


def run(
    suite: SourceSuite, commands: Mapping[str, Sequence[str | Path]], *, seconds: float, most_requests: int, seed: int = 0
) -> Outcome:
    """Compare until the time or the cases (counted as requests) are enough. Case n is generated from `seed + n`."""
    outcome = Outcome(suite.name)
    end = time.monotonic() + seconds
    while not outcome.requests or (outcome.requests < most_requests and time.monotonic() < end):
        numbers = range(seed + outcome.requests, seed + outcome.requests + min(suite.cases, most_requests - outcome.requests))
        with tempfile.TemporaryDirectory(prefix="differential-") as name, Pages() as pages:
            cases = {number: _prepared(suite, number, Where(Path(name) / str(number), pages.port)) for number in numbers}
            pages.contents |= {str(number): list(case.contents.values()) for number, case in cases.items()}
            arrived = _read(suite, commands, cases, Path(name))
        for number, case in cases.items():
            outcome.requests += 1
            go, ours = (arrived[who].get(str(number), []) for who in ("go", "ours"))
            outcome.items += len(go)
            for difference in differences([], go, ours):
                text = difference_text(suite.name, case.about, difference, number)
                outcome.note(case.about, suite.known(case.about, difference), text)
    return outcome


def _prepared(suite: SourceSuite, number: int, where: Where) -> Case:
    where.folder.mkdir()
    case = suite.generate(Random(number), where, str(number))
    for name, content in case.contents.items():
        (where.folder / name).write_bytes(content)
    return case


def _read(
    suite: SourceSuite, commands: Mapping[str, Sequence[str | Path]], cases: Mapping[int, Case], folder: Path
) -> dict[str, dict[str, list[Item]]]:
    """Run both over all cases; return items by collector and case, in the order in which they came."""
    receivers = {f"{suite.kind}/{number}": dict(case.receiver) for number, case in cases.items()}
    with ExitStack() as stack:
        starter = Starter(stack.enter_context(ProcessGroup(folder)))
        sinks = {name: Sink() for name in commands}
        for name, command in commands.items():
            stack.callback(sinks[name].close)
            exporter = {"endpoint": f"http://127.0.0.1:{sinks[name].port}", "compression": "none"}
            configuration = {
                "receivers": receivers,
                "exporters": {"otlp_http": {**exporter, "sending_queue": {"enabled": False}}},
                "service": {
                    "telemetry": SILENT,
                    "pipelines": {suite.signal: {"receivers": list(receivers), "exporters": ["otlp_http"]}},
                },
            }
            starter.start(name, command, 0, lambda _, made=configuration: made)  # type: ignore[misc]
        bodies: dict[str, list[bytes]] = {name: [] for name in commands}
        moved, counts = time.monotonic(), dict.fromkeys(commands, 0)
        while time.monotonic() - moved < (
            suite.still_seconds if len(set(counts.values())) == 1 and counts["go"] else _UNEVEN_SECONDS
        ):
            for name, sink in sinks.items():
                if taken := sink.take():
                    bodies[name] += taken
                    arrived = sum(map(len, _by_case(suite, bodies[name]).values()))
                    if arrived != counts[name]:
                        moved, counts[name] = time.monotonic(), arrived
            time.sleep(0.05)
    return {name: _by_case(suite, of_one) for name, of_one in bodies.items()}


def _by_case(suite: SourceSuite, bodies: Sequence[bytes]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    rounds: Counter[str] = Counter()
    for body in bodies:
        of_one: dict[str, list[Item]] = {}
        for item in items_of([REQUESTS[suite.signal].FromString(body)], suite.signal):
            case = item.resource["resource"]["attributes"][suite.case_attribute]["string"]
            of_one.setdefault(case, []).append(suite.normalize(item))
        for case, items in of_one.items():
            rounds[case] += 1
            if rounds[case] <= suite.rounds:
                found.setdefault(case, []).extend(items if suite.rounds > 100 else sorted(items, key=suite.order))
    return found if suite.rounds <= 100 else {case: sorted(items, key=suite.order) for case, items in found.items()}
