"""Replicas behind several agents: one is added and one dies midway, and every trace is whole on one of them all the same.

`BALANCED_TRACES=200000 pytest …/test_replicas.py` runs it at the size that the project promises.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from otel_agent.exporters.load_balancing.ring import Ring, make_ring
from otel_agent.pdata import kernel
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal, Telemetry

TRACES = int(os.environ.get("BALANCED_TRACES", "3000"))
AGENTS, REPLICAS, PHASES = 3, 4, 3
IN_PROGRESS = 200
"""Traces whose spans are mixed with each other's."""
PER_REQUEST = 100


class Load:
    """Traces of 3 to 30 spans; each span is reported to any of the agents."""

    def __init__(self) -> None:
        self.chance = random.Random(5)
        self.spans: Counter[bytes] = Counter()
        """How many each trace has."""

    def requests(self, traces: int) -> Iterator[tuple[int, Telemetry]]:
        """Yield agents and what they are told."""
        waiting: list[list[tuple[bytes, int]]] = [[] for _ in range(AGENTS)]
        for _ in range(0, traces, IN_PROGRESS):
            spans = [span for _ in range(min(IN_PROGRESS, traces)) for span in self._trace()]
            self.chance.shuffle(spans)
            for span in spans:
                agent = self.chance.randrange(AGENTS)
                waiting[agent].append(span)
                if len(waiting[agent]) == PER_REQUEST:
                    yield agent, _request(waiting[agent])
                    waiting[agent] = []
        for agent, rest in enumerate(waiting):
            if rest:
                yield agent, _request(rest)

    def _trace(self) -> Iterator[tuple[bytes, int]]:
        trace_id, size = self.chance.randbytes(16), self.chance.randint(3, 30)
        self.spans[trace_id] = size
        return ((trace_id, number) for number in range(size))


def _request(spans: list[tuple[bytes, int]]) -> Telemetry:
    request = REQUESTS[Signal.TRACES]()
    target = request.resource_spans.add().scope_spans.add().spans
    for trace_id, number in spans:
        target.add(trace_id=trace_id, span_id=(number + 1).to_bytes(8), name="work")
    return Telemetry(Signal.TRACES, request.SerializeToString(), len(spans))


def arrivals(replica: Any, seen: int) -> tuple[Counter[bytes], int]:
    """Spans by trace that came after the first `seen` requests, and how many requests there are now."""
    found: Counter[bytes] = Counter()
    requests = replica.sink.received[seen:]
    for telemetry in requests:
        for trace in kernel.summarize_traces(telemetry.data):
            found[trace.trace_id] += trace.spans
    return found, seen + len(requests)


@pytest.mark.timeout(1800)
async def test_every_trace_is_whole_on_one_replica_while_one_is_added_and_one_dies(balance: Any, make_backend: Any) -> None:
    replicas = [await make_backend() for _ in range(REPLICAS + 1)]
    first, added = replicas[:REPLICAS], replicas[REPLICAS]
    agents = [await balance(*[replica.endpoint for replica in first]) for _ in range(AGENTS)]
    load = Load()
    seen = [0] * len(replicas)
    owned: list[dict[bytes, str]] = []

    async def phase(told_midway: list[str] | None = None) -> None:
        """Send a share of the traces, and note which replica has each of them."""
        before = set(load.spans)
        for number, (agent, telemetry) in enumerate(load.requests(TRACES // PHASES)):
            await agents[agent][0].consume(telemetry)
            if told_midway and number == 20:
                await asyncio.gather(*(resolver.tell(*told_midway) for _, resolver in agents))
            await asyncio.sleep(0)
        sent = {trace_id: spans for trace_id, spans in load.spans.items() if trace_id not in before}
        found: dict[bytes, str] = {}
        async with asyncio.timeout(600):
            missing = sum(sent.values())
            counted: dict[str, Counter[bytes]] = {replica.endpoint: Counter() for replica in replicas}
            while missing > 0:
                await asyncio.sleep(0.01)
                for number, replica in enumerate(replicas):
                    came, seen[number] = arrivals(replica, seen[number])
                    counted[replica.endpoint] += came
                    missing -= came.total()
        for endpoint, traces in counted.items():
            for trace_id, spans in traces.items():
                assert spans == sent[trace_id], "whole, and each span once"
                assert trace_id not in found, "on one replica only"
                found[trace_id] = endpoint
        owned.append(found)

    def moved(at: int, before: Ring) -> list[tuple[str, str]]:
        """Where the traces of a phase would have gone before, and where they went, if that differs."""
        places = ((before.endpoints[before.owner(trace_id)], endpoint) for trace_id, endpoint in owned[at].items())
        return [(was, now) for was, now in places if was != now]

    await phase()
    four = make_ring(replica.endpoint for replica in first)
    assert moved(0, four) == []

    five = make_ring((*four.endpoints, added.endpoint))
    await asyncio.gather(*(resolver.tell(*five.endpoints) for _, resolver in agents))
    await phase()
    changes = moved(1, four)
    assert {now for _, now in changes} == {added.endpoint}
    assert 0.05 < len(changes) / len(owned[1]) < 0.4, "about a fifth"

    dead = first[1]
    await dead.receiver.shutdown()
    await phase(told_midway=[endpoint for endpoint in five.endpoints if endpoint != dead.endpoint])
    changes = moved(2, five)
    assert {was for was, _ in changes} == {dead.endpoint}
    assert 0.05 < len(changes) / len(owned[2]) < 0.4
    assert sum(map(len, owned)) == len(load.spans)
