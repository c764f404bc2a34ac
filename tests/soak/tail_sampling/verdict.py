"""Judges a run trace by trace: what was sent, which replica had it, what was sampled. Pure.

A trace has to be whole on the replica to which the ring gives it. Two things are allowed by nature, to traces alone that were on
their way when the set of replicas changed *and* whose share of the ring moved: being divided between the old and the new owner
(each of which then judges its part), and, where the old owner was killed, losing what that one held undecided or unsent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from otel_agent.exporters.load_balancing.ring import Ring
from tests.soak.tail_sampling.load import Kind, Trace

REST_SHARE = 0.10
_EXAMPLES = 3
_FEW = 0.01
"""Of the traces, what may take long on its way: more would say that the machine is too busy for a verdict."""


@dataclass(frozen=True, slots=True)
class Era:
    """When a ring could be in force in some agent; times by the monotonic clock. Eras overlap while agents are being told."""

    ring: Ring
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one replica got and what it sampled: a bit for each span, by trace id."""

    came: Mapping[bytes, int]
    again: frozenset[bytes]
    sampled: Mapping[bytes, int]


@dataclass
class Verdict:
    """Counts of a run, and what was wrong."""

    traces: Counter[str] = field(default_factory=Counter)
    """By kind, of those that were whole: `<kind>` and `<kind> sampled`."""
    moved: list[int] = field(default_factory=list)
    """For each change, traces sent after it that another replica would have had before."""
    judged: list[int] = field(default_factory=list)
    """For each change, traces sent after it and before the next."""
    divided: int = 0
    """Traces in parts on two replicas, by nature."""
    long_on_their_way: int = 0
    """Traces whose last span came so long after the first one that they may have been decided without it."""
    of_killed: int = 0
    """Traces of the killed replica's share that were on their way, or undecided for all we know, when it was killed."""
    lost: Counter[str] = field(default_factory=Counter)
    """Of these, by kind, those that were due at the end and did not come (whole)."""
    faults: list[str] = field(default_factory=list)

    @property
    def rest_share(self) -> float:
        """Of the traces that are neither errors nor slow, what was sampled."""
        return self.traces["rest sampled"] / max(self.traces["rest"], 1)


@dataclass(frozen=True, slots=True)
class Killed:
    """A replica that was killed, and since when its decisions count as open: those before that must have been handed on."""

    endpoint: str
    open_since: float


def judge(
    sent: Mapping[bytes, Trace],
    replicas: Mapping[str, Arrivals],
    eras: Sequence[Era],
    killed: Killed | None,
    tolerance: float,
    patience: float,
) -> Verdict:
    """Judge all traces; for how those are sampled that took more than `patience` seconds to send, there is no rule."""
    verdict = Verdict(moved=[0] * (len(eras) - 1), judged=[0] * (len(eras) - 1))
    wrong: dict[str, list[bytes]] = {}
    for trace_id, trace in sent.items():
        for fault in _faults(trace_id, trace, replicas, eras, killed, patience, verdict):
            wrong.setdefault(fault, []).append(trace_id)
    for endpoint, arrivals in replicas.items():
        for trace_id, bits in arrivals.sampled.items():
            if trace_id not in sent:
                wrong.setdefault("sampled, and never sent", []).append(trace_id)
            elif bits & ~arrivals.came.get(trace_id, 0) and (killed is None or endpoint != killed.endpoint):
                wrong.setdefault("sampled by a replica that did not get it", []).append(trace_id)
    for fault, ids in wrong.items():
        examples = ", ".join(one.hex() for one in ids[:_EXAMPLES])
        verdict.faults.append(f"{len(ids)} traces {fault}: {examples}")
    if verdict.long_on_their_way > _FEW * len(sent):
        verdict.faults.append(
            f"{verdict.long_on_their_way} traces took more than {patience:g} s to send: the machine is too busy"
        )
    if abs(verdict.rest_share - REST_SHARE) > tolerance:
        verdict.faults.append(f"{verdict.rest_share:.2%} of the rest were sampled, not {REST_SHARE:.0%} ± {tolerance:.1%}")
    return verdict


def _faults(
    trace_id: bytes,
    trace: Trace,
    replicas: Mapping[str, Arrivals],
    eras: Sequence[Era],
    killed: Killed | None,
    patience: float,
    verdict: Verdict,
) -> Iterator[str]:
    """Yield what is wrong with one trace, and count it."""
    mine = [number for number, era in enumerate(eras) if trace.began <= era.ends and trace.ended >= era.begins]
    owners = {eras[number].ring.endpoints[eras[number].ring.owner(trace_id)] for number in mine}
    parts = {endpoint: bits for endpoint, one in replicas.items() if (bits := one.came.get(trace_id, 0))}
    if len(mine) == 1 and mine[0]:
        before = eras[mine[0] - 1].ring
        verdict.judged[mine[0] - 1] += 1
        verdict.moved[mine[0] - 1] += before.endpoints[before.owner(trace_id)] not in owners
    arrived = 0
    for bits in parts.values():
        arrived |= bits
    sampled = {endpoint: bits for endpoint, one in replicas.items() if (bits := one.sampled.get(trace_id, 0))}
    open_at_the_kill = killed is not None and killed.endpoint in owners and trace.ended >= killed.open_since
    if (
        open_at_the_kill
    ):  # what the agents held for the killed one goes to the next owner, also if it was acknowledged long before
        owners.add(eras[-1].ring.endpoints[eras[-1].ring.owner(trace_id)])
    if parts.keys() - owners:
        yield "came to a replica that is not their owner"
    if open_at_the_kill:
        verdict.of_killed += 1
        if trace.kind is not Kind.REST and all(bits != trace.every_span for bits in sampled.values()):
            verdict.lost[trace.kind] += 1
        return
    if arrived != trace.every_span:
        yield "lost spans before they came to a replica"
    if any(trace_id in one.again for one in replicas.values()):
        yield "came with a span twice"
    if trace.ended - trace.began > patience:
        verdict.long_on_their_way += 1
        return
    if len(owners) > 1 and len(parts) > 1:
        verdict.divided += 1
        yield from _of_divided(trace, parts, sampled)
        return
    if len(parts) > 1:
        yield "were divided, though their share did not move"
        return
    verdict.traces[trace.kind] += 1
    if sampled:
        verdict.traces[f"{trace.kind} sampled"] += 1
    if any(bits != trace.every_span for bits in sampled.values()):
        yield "were sampled in part"
    if trace.kind is not Kind.REST and not sampled:
        yield f"of kind {trace.kind} were not sampled"


def _of_divided(trace: Trace, parts: Mapping[str, int], sampled: Mapping[str, int]) -> Iterator[str]:
    """Each owner judges what it has: all of its part or nothing, and the part with the error in it is never dropped."""
    if any(bits != parts.get(endpoint) for endpoint, bits in sampled.items()):
        yield "were sampled in part by an owner of a part"
    if trace.kind is Kind.ERROR and not sampled:
        yield "of kind error were divided, and no part was sampled"
