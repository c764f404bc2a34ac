"""The tail sampling soak's judgement: what nature allows passes, everything else is found out."""

from collections.abc import Mapping
from typing import Any

import pytest

from otel_agent.exporters.load_balancing.ring import make_ring
from tests.soak.tail_sampling.load import LEAST_SPANS, MOST_SPANS, Kind, Load, Trace
from tests.soak.tail_sampling.replicas import total
from tests.soak.tail_sampling.sink import Sink
from tests.soak.tail_sampling.verdict import Arrivals, Era, Killed, Verdict, judge

FOUR = make_ring(f"127.0.0.{number}:1" for number in (2, 3, 4, 5))
FIVE = make_ring((*FOUR.endpoints, "127.0.0.6:1"))
DEAD = "127.0.0.3:1"
LEFT = make_ring(endpoint for endpoint in FIVE.endpoints if endpoint != DEAD)
ERAS = [Era(FOUR, 0, 110), Era(FIVE, 100, 210), Era(LEFT, 200, float("inf"))]
"""One was added at 100, one was killed at 200; ten seconds later all agents knew."""


def key(owner: str, ring: Any, then: str, next_ring: Any) -> bytes:
    """A trace id that one endpoint owns, and then another."""
    for number in range(1, 100_000):
        candidate = number.to_bytes(16)
        owners = ring.endpoints[ring.owner(candidate)], next_ring.endpoints[next_ring.owner(candidate)]
        if owners == (owner, then):
            return candidate
    raise AssertionError


STAYS = key("127.0.0.2:1", FOUR, "127.0.0.2:1", FIVE)
MOVES = key("127.0.0.2:1", FOUR, "127.0.0.6:1", FIVE)
DIES = key(DEAD, FIVE, "127.0.0.4:1", LEFT)


def verdict_of(
    trace_id: bytes, trace: Trace, came: Mapping[str, int], sampled: Mapping[str, int], again: bool = False
) -> Verdict:
    replicas = {
        endpoint: Arrivals(
            {trace_id: came[endpoint]} if endpoint in came else {},
            frozenset({trace_id} if again else ()),
            {trace_id: sampled[endpoint]} if endpoint in sampled else {},
        )
        for endpoint in FIVE.endpoints
    }
    return judge({trace_id: trace}, replicas, ERAS, Killed(DEAD, open_since=190), tolerance=1, patience=30)


HOME, NEW, NEXT = "127.0.0.2:1", "127.0.0.6:1", "127.0.0.4:1"


@pytest.mark.parametrize(
    ("trace_id", "trace", "came", "sampled"),
    [
        pytest.param(STAYS, Trace(Kind.ERROR, 3, 1, 2), {HOME: 0b111}, {HOME: 0b111}, id="whole and sampled"),
        pytest.param(STAYS, Trace(Kind.REST, 3, 1, 2), {HOME: 0b111}, {}, id="whole and dropped by chance"),
        pytest.param(MOVES, Trace(Kind.SLOW, 3, 120, 121), {NEW: 0b111}, {NEW: 0b111}, id="sent after its share moved"),
        pytest.param(MOVES, Trace(Kind.ERROR, 3, 95, 105), {HOME: 0b101, NEW: 0b010}, {NEW: 0b010}, id="divided by a change"),
        pytest.param(DIES, Trace(Kind.ERROR, 3, 195, 196), {DEAD: 0b001}, {}, id="undecided in the killed one"),
        pytest.param(DIES, Trace(Kind.REST, 3, 195, 196), {DEAD: 0b001, NEXT: 0b110}, {NEXT: 0b110}, id="taken to the next"),
    ],
)
def test_what_has_to_be_and_what_nature_allows_pass(
    trace_id: bytes, trace: Trace, came: dict[str, int], sampled: dict[str, int]
) -> None:
    assert verdict_of(trace_id, trace, came, sampled).faults == []


@pytest.mark.parametrize(
    ("trace_id", "trace", "came", "sampled", "fault"),
    [
        (STAYS, Trace(Kind.REST, 3, 1, 2), {HOME: 0b011}, {}, "lost spans"),
        (STAYS, Trace(Kind.REST, 3, 1, 2), {NEXT: 0b111}, {}, "not their owner"),
        (STAYS, Trace(Kind.REST, 3, 95, 105), {HOME: 0b011, NEW: 0b100}, {}, "not their owner"),
        (MOVES, Trace(Kind.REST, 3, 120, 121), {HOME: 0b111}, {}, "not their owner"),
        (STAYS, Trace(Kind.ERROR, 3, 1, 2), {HOME: 0b111}, {}, "error were not sampled"),
        (STAYS, Trace(Kind.SLOW, 3, 1, 2), {HOME: 0b111}, {}, "slow were not sampled"),
        (STAYS, Trace(Kind.REST, 3, 1, 2), {HOME: 0b111}, {HOME: 0b011}, "sampled in part"),
        (MOVES, Trace(Kind.ERROR, 3, 95, 105), {HOME: 0b101, NEW: 0b010}, {}, "no part was sampled"),
        (MOVES, Trace(Kind.REST, 3, 95, 105), {HOME: 0b101, NEW: 0b010}, {HOME: 0b001}, "in part by an owner of a part"),
        (DIES, Trace(Kind.ERROR, 3, 150, 151), {DEAD: 0b111}, {}, "error were not sampled"),
        (DIES, Trace(Kind.REST, 3, 195, 196), {HOME: 0b111}, {}, "not their owner"),
        (STAYS, Trace(Kind.REST, 3, 1, 2), {HOME: 0b111}, {NEXT: 0b111}, "did not get it"),
        (STAYS, Trace(Kind.REST, 3, 1, 40), {HOME: 0b111}, {}, "too busy"),
    ],
)
def test_everything_else_is_a_fault(
    trace_id: bytes, trace: Trace, came: dict[str, int], sampled: dict[str, int], fault: str
) -> None:
    assert any(fault in each for each in verdict_of(trace_id, trace, came, sampled).faults)


def test_a_span_that_came_twice_is_a_fault() -> None:
    verdict = verdict_of(STAYS, Trace(Kind.REST, 3, 1, 2), {HOME: 0b111}, {}, again=True)
    assert "with a span twice" in verdict.faults[0]


def test_too_many_of_the_rest_are_a_fault() -> None:
    replicas = {HOME: Arrivals({STAYS: 0b111}, frozenset(), {STAYS: 0b111})}
    verdict = judge({STAYS: Trace(Kind.REST, 3, 1, 2)}, replicas, ERAS[:1], None, tolerance=0.01, patience=30)
    assert verdict.faults == ["100.00% of the rest were sampled, not 10% ± 1.0%"]


def test_the_load_reaches_its_sink_whole_interleaved_and_through_all_agents() -> None:
    load, sink = Load(seed=5, agents=3), Sink(0)
    agents: dict[bytes, set[int]] = {}
    for request in load.requests(1000):
        sink.take(request.body)
        for trace_id in request.traces:
            agents.setdefault(trace_id, set()).add(request.agent)
    assert {trace_id: trace.every_span for trace_id, trace in load.traces.items()} == sink.traces
    assert not sink.again
    assert {trace.kind for trace in load.traces.values()} == set(Kind)
    assert all(LEAST_SPANS <= trace.spans <= MOST_SPANS for trace in load.traces.values())
    assert sum(len(each) == 3 for each in agents.values()) > 700


def test_series_of_a_metric_are_added_up() -> None:
    assert total('# HELP a b\na{x="1"} 2\na{x="2"} 3.5\nab 7\n', "a") == 5.5
    assert total("", "a") == 0
