"""Random histories of a table of traces: requests come in, time goes by, what is due is drawn and settled."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import NOT_SAMPLED, Group, TableLimits, TraceTable
from tests.fuzz import requests

_IDS = (b"", b"a", b"\0" * 16, b"long" * 9, *(bytes([number]) * 16 for number in range(9)))
_SECOND = 1_000_000_000


def limits(random: Random) -> TableLimits:
    """Limits that bite often."""
    return TableLimits(
        traces=random.choice((1, 3, 8, 100)),
        memory=random.choice((1, 2000, 6000, 1 << 30)),
        trace_bytes=random.choice((0, 0, 300, 1000)),
        evicts=random.random() < 0.8,
        sampled_cache=random.choice((0, 0, 1, 4)),
        not_sampled_cache=random.choice((0, 0, 1, 4)),
    )


def request(random: Random) -> bytes:
    """A valid request whose spans are of a few traces, some with ids that no trace should have."""
    message = requests.request(random, Signal.TRACES)
    for resource in message.resource_spans:
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            span.trace_id = random.choice(_IDS)
            span.start_time_unix_nano = random.choice((0, 1, random.randrange(20 * _SECOND)))
    data: bytes = message.SerializeToString()
    return data


def histories(random: Random, tables: Sequence[TraceTable]) -> Iterator[list[Any]]:
    """Let the same happen to each table; yields after each step what they answered and hold."""
    now, tick = 10.0, 0
    for number in range(random.randrange(2, 12)):
        match random.randrange(8):
            case 0:
                now, tick = now + random.choice((0.25, 1.0, 7.0)), tick + 1
            case 1 | 2:
                sampled = random.randrange(NOT_SAMPLED, 2)
                call = (
                    random.choice((tick, tick, tick + 100)),
                    random.choice((1, 2, 100)),
                    now,
                    random.randrange(20) * _SECOND,
                )
                apart, wanted, by_policy = (random.random() < 0.4 for _ in range(3))
                size = random.choice((1, 3, 100)), random.choice((1, 400, 1 << 20))
                drawn = [table.draw(*call, apart=apart, requests=wanted) for table in tables]
                policies = [_policy(group, sampled) for group in drawn[0][0]]
                yield [([_plain_group(group) for group in groups], late) for groups, late in drawn]
                settled = [table.settle(policies, now, *size, apart=by_policy) for table in tables]
                yield [
                    ([release._replace(request=_plain(release.request)) for release in releases], removed)
                    for releases, removed in settled
                ]
            case 3 if random.random() < 0.2:
                yield [table.drop_pending() for table in tables]
            case 4 if random.random() < 0.1:
                for table in tables:
                    table.clear()
            case _:
                data, root_due = request(random), random.choice((None, tick + 1))
                taken = [table.take(data, now, tick + 3, root_due) for table in tables]
                yield [
                    intake._replace(late=[late._replace(request=_plain(late.request)) for late in intake.late])
                    for intake in taken
                ]
        yield [(number, len(table), table.pending, table.memory) for table in tables]


def _policy(group: Group, sampled: int) -> int:
    return sampled if sum(group.met) % 2 == 0 and not group.error else group.spans % 2 - 1


def _plain_group(group: Group) -> Group:
    return group._replace(requests=[_plain(data) for data in group.requests])


def _plain(data: bytes) -> bytes:
    """The content in upb's encoding, which the two need not choose alike."""
    encoded: bytes = REQUESTS[Signal.TRACES].FromString(data).SerializeToString(deterministic=True)
    return encoded
