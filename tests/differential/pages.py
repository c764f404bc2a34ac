"""Pages of the prometheus exporter: the same metrics to both collectors, and what a scraper then sees of them.

A page is compared as families, each with its type, help, unit and samples; the order of families, samples and labels has no
meaning. Every request has names of its own, so that what earlier ones left on the page is passed over.
"""

from __future__ import annotations

import re
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from google.protobuf.message import Message

from e2e.cluster.processes import ProcessGroup
from tests.differential.outcome import Outcome
from tests.interop.collectors import SILENT, Starter

TEXT = "text/plain;version=0.0.4"
OPEN_METRICS = "application/openmetrics-text;version=1.0.0"
_MOST_ON_A_PAGE = 40
"""Requests to one pair of collectors: their pages grow with each."""
_LABEL = re.compile(r"((?:[^=,\"{}]+|\"(?:[^\"\\]|\\.)*\"))=\"((?:[^\"\\]|\\.)*)\"")

Page = dict[str, str]
"""Value, and an exemplar, by what the line says before it; of comments the rest by `# KIND name`."""


@dataclass(frozen=True, slots=True)
class PageSuite:
    """Metrics at random into the exporter with this configuration."""

    name: str
    exporter: Mapping[str, Any]
    generate: Callable[[Random, str], Message]
    """Makes a request whose names all hold the text."""
    accept: str = TEXT
    known: Callable[[str, str | None, str | None], str | None] = lambda line, go, ours: None
    """The reason of a listed difference, by what the line says and both values."""
    component_types: frozenset[str] = frozenset()


def lines_of(page: str, mark: str) -> Page:
    """Return what a page says of names that hold the mark."""
    found: Page = {}
    for line in page.splitlines():
        if mark not in line:
            continue
        if line.startswith("#"):
            kind, _, rest = line[2:].partition(" ")
            name, _, said = rest.partition(" ")
            found[f"# {kind} {name}"] = said
            continue
        before, exemplar = [*line.split(" # ", 1), ""][:2]
        series, _, value = before.rpartition("} ") if "}" in before else before.partition(" ")
        labels, _, measured = exemplar.rpartition("} ")
        found[_ordered(series)] = f"{_numbers(value)} # {_ordered(labels)} {_numbers(measured)}" if exemplar else _numbers(value)
    return found


def _numbers(text: str) -> str:
    """Value and time: 200, 200.0 and 2e+02 are the same."""
    return " ".join(str(float(part)) for part in text.split())


def _ordered(series: str) -> str:
    name, brace, labels = series.partition("{")
    return name + brace + ",".join(sorted(f'{key.strip()}="{value}"' for key, value in _LABEL.findall(labels)))


@contextmanager
def _pair(suite: PageSuite, commands: Mapping[str, Sequence[str | Path]]) -> Iterator[dict[str, list[int]]]:
    """Start both; ports of the receiver and of the page by name."""

    def configuration(ports: list[int]) -> dict[str, object]:
        exporter = {"endpoint": f"127.0.0.1:{ports[1]}", "enable_open_metrics": suite.accept == OPEN_METRICS, **suite.exporter}
        return {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{ports[0]}"}}}},
            "exporters": {"prometheus": exporter},
            "service": {"telemetry": SILENT, "pipelines": {"metrics": {"receivers": ["otlp"], "exporters": ["prometheus"]}}},
        }

    with tempfile.TemporaryDirectory(prefix="differential-") as folder, ExitStack() as stack:
        starter = Starter(stack.enter_context(ProcessGroup(Path(folder))))
        yield {name: starter.start(name, command, 2, configuration)[1] for name, command in commands.items()}


def _send(port: int, request: Message) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    url = f"http://127.0.0.1:{port}/v1/metrics"
    with urllib.request.urlopen(urllib.request.Request(url, request.SerializeToString(), headers), timeout=10) as answer:
        answer.read()


def _read(port: int, accept: str) -> str:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return str(answer.read().decode())


def run(
    suite: PageSuite, commands: Mapping[str, Sequence[str | Path]], *, seconds: float, most_requests: int, seed: int = 0
) -> Outcome:
    """Compare until the time or the requests are enough. Request number n is generated from `seed + n`."""
    outcome = Outcome(suite.name)
    end = time.monotonic() + seconds
    while not outcome.requests or (outcome.requests < most_requests and time.monotonic() < end):
        with _pair(suite, commands) as ports:
            for _ in range(min(_MOST_ON_A_PAGE, most_requests - outcome.requests)):
                number = seed + outcome.requests
                mark = f"q{number}z"
                request = suite.generate(Random(number), mark)
                pages: dict[str, Page] = {}
                for name, (receiver, page) in ports.items():
                    _send(receiver, request)
                    pages[name] = lines_of(_read(page, suite.accept), mark)
                outcome.requests += 1
                outcome.items += len(pages["go"])
                _compare(outcome, suite, pages["go"], pages["ours"], number)
                if time.monotonic() > end:
                    break
    return outcome


def _compare(outcome: Outcome, suite: PageSuite, go: Page, ours: Page, number: int) -> None:
    for line in {**go, **ours}:
        theirs, mine = go.get(line), ours.get(line)
        if theirs == mine:
            continue
        reason = suite.known(line, theirs, mine)
        outcome.note(line.partition("{")[0], reason, f"{suite.name}, seed {number}: {line}\n  go: {theirs}\n  ours: {mine}")
