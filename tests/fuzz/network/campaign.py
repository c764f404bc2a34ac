"""Sends the mutants of one protocol, holds every answer to its rule, and watches what the collector uses."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from tests.fuzz.network.bodies import Corpus
from tests.fuzz.network.grpc_lane import GrpcLane
from tests.fuzz.network.grpc_mutants import GrpcMutants
from tests.fuzz.network.http_lane import HttpLane
from tests.fuzz.network.http_mutants import HttpMutants
from tests.fuzz.network.mutant import Mutant
from tests.fuzz.network.target import Target

PROTOCOLS = ("grpc", "http-protobuf", "http-json")
LANES = 16
BATCH = 64
EPOCH = 256
"""Batches that share a corpus."""
MOST_FAILURES = 20
WARM_UP = 0.1
"""Part of a run after which memory has to stand still."""
GROWTH_MIB = 32.0
"""What memory may differ by at the end: batches under way, and what allocators keep."""
KEPT_DESCRIPTORS = 12
"""More than at the start: the connections to the destination."""
_PROGRESS_SECONDS = 5.0
_SAMPLE_SECONDS = 1.0
_SUCCESS = (0, 200)
_NOT_FOR_GRPCIO = frozenset(
    (
        *("length larger than the message", "no message", "part of a prefix"),  # it never answers these
        *("another content type", "content type of grpc-web", "no content type"),  # it takes any
        *("two messages", "length smaller than the message", "a flag that is none"),  # it takes the first, and looks at one bit
        *("gzip damaged", "deflate damaged"),  # it hands them over without saying that they are packed
        *("a broken header block", "an index beyond the table", "HEADERS broken off"),  # it answers the call
        "a length that lies",  # it does not look at content-length
    )
)
_NOT_FOR_AIOHTTP = frozenset(
    (
        "a method of its own",  # it answers 400, also to what came before in the same packet
        "gzip damaged",  # isal does not look at reserved flags in the header of a second member
    )
)
_GRPC_ENCODINGS = {"native": ("gzip", "deflate", "zstd", "snappy"), "portable": ("gzip", "deflate")}


class Lane(Protocol):
    """A connection."""

    def send(self, mutants: list[Mutant]) -> None: ...
    def answers(self) -> list[int]: ...
    def close(self) -> None: ...


class Maker(Protocol):
    """What makes mutants."""

    def batch(self, random: Random, size: int) -> list[Mutant]: ...


@dataclass
class Progress:
    """Where a run is, as kept in its folder: the next batch, and how many requests came before it."""

    seed: int
    batch: int = 0
    requests: int = 0

    @classmethod
    def load(cls, path: Path, seed: int) -> Progress:
        """Go on with what is there, its seed included."""
        return cls(**json.loads(path.read_text())) if path.exists() else cls(seed)

    def save(self, path: Path) -> None:
        """Replace what is there."""
        path.with_suffix(".new").write_text(json.dumps(asdict(self)))
        path.with_suffix(".new").replace(path)


@dataclass
class Report:
    """What a run has shown."""

    statuses: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    failures: list[str] = field(default_factory=list)
    warm_mib: float = 0.0
    most_mib: float = 0.0
    end_mib: float = 0.0
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        """Return how many were answered, or rightly not."""
        return self.statuses.total()

    def fail(self, text: str) -> None:
        """Note a failure, and say it at once."""
        self.failures.append(text)
        print(f"FAILED {text}", file=sys.stderr, flush=True)

    def note(self, where: str, mutant: Mutant, status: int) -> None:
        """Hold one answer to its rule."""
        self.statuses[status] += 1
        self.kinds[mutant.kind] += 1
        if status not in mutant.expected:
            self.fail(f"{where} {mutant.kind}: answered {status}, not one of {sorted(mutant.expected)}; sent {_shown(mutant)}")
        elif status in _SUCCESS:
            self.accepted += mutant.items


def _shown(mutant: Mutant) -> str:
    sent = mutant.headers + b" " + mutant.wire if mutant.headers else mutant.wire or b"".join(mutant.chunks)
    return repr(sent[:4000])


class Campaign:
    """One protocol against one target."""

    def __init__(self, target: Target, protocol: str, front_end: str, say: Callable[[str], None]) -> None:
        self.report = Report()
        self._target = target
        self._protocol = protocol
        self._front_end = front_end
        self._say = say
        self._epoch = -1
        self._maker: Maker

    def run(self, progress: Progress, requests: int, seconds: float, save: Callable[[], None]) -> Report:
        """Send until `requests` in all runs together or `seconds` of this one are used up, whichever comes first."""
        report, began = self.report, time.monotonic()
        sampled = shown = began
        first, descriptors = progress.requests, self._target.collector.descriptors()
        self._sample(0)
        lanes = [self._lane() for _ in range(LANES)]
        waiting: list[tuple[int, list[Mutant]] | None] = [None] * LANES
        for number in self._turns():
            now = time.monotonic()
            done = max((now - began) / seconds, (progress.requests - first) / max(requests - first, 1))
            over = done >= 1 or len(report.failures) >= MOST_FAILURES
            sent = waiting[number]
            if sent is not None:
                self._collect(lanes[number], *sent)
                progress.requests += len(sent[1])
                waiting[number] = None
            if over and not any(waiting):
                break
            if not over:
                mutants = self.batch(progress.seed, progress.batch)
                waiting[number] = (progress.batch, mutants)
                progress.batch += 1
                lanes[number].send(mutants)
            if now - sampled > _SAMPLE_SECONDS:
                sampled = now
                self._sample(done)
            if now - shown > _PROGRESS_SECONDS:
                shown = now
                save()
                self._say(f"{progress.requests} of {requests}, {self._figures()}")
        save()
        for lane in lanes:
            lane.close()
        report.seconds = time.monotonic() - began
        self._end(descriptors)
        return report

    def batch(self, seed: int, number: int) -> list[Mutant]:
        """Make a batch again: its number decides everything about it."""
        if number // EPOCH != self._epoch:
            self._epoch = number // EPOCH
            corpus = Corpus(Random(f"{seed} corpus {self._epoch}"))
            if self._protocol == "grpc":
                left_out = _NOT_FOR_GRPCIO if self._front_end == "portable" else frozenset()
                self._maker = GrpcMutants(corpus, _GRPC_ENCODINGS[self._front_end], left_out)
            else:
                left_out = _NOT_FOR_AIOHTTP if self._front_end == "portable" else frozenset()
                self._maker = HttpMutants(corpus, self._protocol == "http-json", left_out)
        return self._maker.batch(Random(f"{seed} {self._protocol} {number}"), BATCH)

    def _turns(self) -> Iterator[int]:
        while True:
            yield from range(LANES)

    def _lane(self) -> Lane:
        if self._protocol == "grpc":
            return GrpcLane(self._target.grpc)
        return HttpLane(self._target.http, again=self._front_end == "portable")

    def _collect(self, lane: Lane, batch: int, mutants: list[Mutant]) -> None:
        together = [mutant for mutant in mutants if not mutant.alone] + [mutant for mutant in mutants if mutant.alone]
        try:
            statuses = lane.answers()
        except (TimeoutError, AssertionError) as error:
            self._target.collector.check_alive()
            self.report.fail(f"batch {batch}: {error!r}")
            lane.close()
            return
        for number, (mutant, status) in enumerate(zip(together, statuses, strict=True)):
            self.report.note(f"batch {batch}.{number}", mutant, status)

    def _sample(self, done: float) -> None:
        self._target.collector.check_alive()
        report, mib = self.report, self._target.collector.rss_mib()
        report.most_mib = max(report.most_mib, mib)
        if done <= WARM_UP or not report.warm_mib:
            report.warm_mib = max(report.warm_mib, mib)

    def _figures(self) -> str:
        report = self.report
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items()))
        return f"failures {len(report.failures)}, {self._target.collector.rss_mib():.0f} MiB, {statuses}"

    def _end(self, descriptors: int) -> None:
        """What must hold once all is over."""
        report, collector = self.report, self._target.collector
        collector.check_alive()
        lane = self._lane()
        lane.send([self._good()])
        self._collect(lane, -1, [self._good()])
        lane.close()
        received = self._target.drained(report.accepted)
        if received.items != report.accepted or received.bad:
            report.fail(f"{report.accepted} items were accepted, {received.items} arrived, {received.bad} bad requests")
        report.end_mib, report.cpu_seconds = collector.rss_mib(), collector.cpu_seconds()
        if report.end_mib > report.warm_mib + GROWTH_MIB:
            report.fail(f"memory grew from {report.warm_mib:.0f} to {report.end_mib:.0f} MiB")
        if (left := collector.descriptors() - descriptors) > KEPT_DESCRIPTORS:
            report.fail(f"{left} descriptors more than at the start are open")
        for line in collector.log().splitlines():
            if "Traceback" in line or "panicked" in line or "Unexpected error" in line:
                report.fail(f"the collector's log: {line}")
                break

    def _good(self) -> Mutant:
        """A request that is taken at any time."""
        random = Random(0)
        corpus = Corpus(random)
        if self._protocol == "grpc":
            return next(one for one in GrpcMutants(corpus, ("gzip",)).batch(random, 200) if one.kind == "valid" and one.items)
        made = HttpMutants(corpus, self._protocol == "http-json").batch(random, 200)
        return next(one for one in made if one.kind == "valid" and one.items)
