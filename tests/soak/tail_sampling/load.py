"""Traces as several agents get them: spans of many traces mixed with each other, those of one trace told to all agents."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

LEAST_SPANS, MOST_SPANS = 3, 30
IN_PROGRESS = 200
"""Traces whose spans are mixed with each other's."""
PER_REQUEST = 200
TRACES_PER_REQUEST = PER_REQUEST * 2 / (LEAST_SPANS + MOST_SPANS)
"""On average, if every span of a trace went into the same request."""
SLOW_MS = 1000
"""The guide's threshold; no single span of ours lasts as long, so that only a whole trace shows that it is slow."""
_ERROR_SHARE, _SLOW_SHARE = 0.03, 0.03
_ERROR = 2
"""STATUS_CODE_ERROR"""
_MS = 1_000_000


class Kind(StrEnum):
    """Which of the guide's three policies a trace is for."""

    ERROR = "error"
    SLOW = "slow"
    REST = "rest"


@dataclass(slots=True)
class Trace:
    """One trace, and when it was on its way; times by the monotonic clock."""

    kind: Kind
    spans: int
    began: float = 0.0
    """When the first of its requests was sent."""
    ended: float = 0.0
    """When the last of its requests was acknowledged."""

    @property
    def every_span(self) -> int:
        """A bit for each of its spans."""
        return (1 << self.spans) - 1


@dataclass(frozen=True, slots=True)
class Span:
    """One span of a trace: its number from 0 is the bit that stands for it, and one more is its span id."""

    trace_id: bytes
    number: int
    start: int
    end: int
    error: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What one agent is told at once."""

    agent: int
    body: bytes
    traces: frozenset[bytes]


class Load:
    """Makes traces; the same seed makes the same ones, but for the time of day."""

    def __init__(self, seed: int, agents: int) -> None:
        self.traces: dict[bytes, Trace] = {}
        self._chance = Random(seed)
        self._agents = agents

    def requests(self, traces: int) -> Iterator[Request]:
        """Yield all that agents are told of so many traces."""
        waiting: list[list[Span]] = [[] for _ in range(self._agents)]
        for first in range(0, traces, IN_PROGRESS):
            spans = [span for _ in range(min(IN_PROGRESS, traces - first)) for span in self._trace()]
            self._chance.shuffle(spans)
            for span in spans:
                agent = self._chance.randrange(self._agents)
                waiting[agent].append(span)
                if len(waiting[agent]) == PER_REQUEST:
                    yield _request(agent, waiting[agent])
                    waiting[agent] = []
        for agent, rest in enumerate(waiting):
            if rest:
                yield _request(agent, rest)

    def _trace(self) -> list[Span]:
        chance = self._chance
        trace_id, size, dice = chance.randbytes(16), chance.randint(LEAST_SPANS, MOST_SPANS), chance.random()
        kind = Kind.ERROR if dice < _ERROR_SHARE else Kind.SLOW if dice < _ERROR_SHARE + _SLOW_SHARE else Kind.REST
        self.traces[trace_id] = Trace(kind, size)
        duration = chance.uniform(1.2, 2.5) * SLOW_MS if kind is Kind.SLOW else chance.uniform(0.01, 0.9) * SLOW_MS
        each = int(duration * _MS / size)
        start = time.time_ns() - size * each
        wrong = chance.randrange(size) if kind is Kind.ERROR else -1
        return [
            Span(trace_id, number, start + number * each, start + (number + 1) * each, number == wrong) for number in range(size)
        ]


def _request(agent: int, spans: list[Span]) -> Request:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    target = resource.scope_spans.add().spans
    for span in spans:
        added = target.add(
            trace_id=span.trace_id,
            span_id=(span.number + 1).to_bytes(8),
            name="work",
            start_time_unix_nano=span.start,
            end_time_unix_nano=span.end,
        )
        if span.error:
            added.status.code = _ERROR
    return Request(agent, request.SerializeToString(), frozenset(span.trace_id for span in spans))
