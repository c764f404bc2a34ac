"""The table of traces that tail sampling decides on: undecided ones with their spans, and what was decided of others.

It is native or portable (`otel_agent.pdata.kernel.make_trace_table`) and does all that has to be done for every trace; the caller
has the policies, the clock and the metrics:

    table = kernel.make_trace_table([("status", [2])], TableLimits(traces=50_000, memory=1 << 30))
    table.take(data, now, due=12)                        # spans of a request: cut apart by trace, each to be decided at tick 12
    groups, _ = table.draw(12, 2000, now, oldest)        # what is due, judged: one group for all traces that meet the same tests
    releases, _ = table.settle([0, -1], now, 8192, 4 << 20)   # the first group is sampled by policy 0, the second is not sampled

Spans that come after the decision are handed back by `take` and not kept: a decision is remembered, in a cache where there is one
for its kind, else in the table until room is needed. `now` is in seconds of a monotonic clock, ticks are whole numbers that do
not fall.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

NOT_SAMPLED = -1
"""Instead of the number of a policy."""
DRAWN_BYTES = 8 * 1024 * 1024
"""Of traces, after which no more are drawn at once."""
LAST_TICK = 2**63 - 1
"""At which everything is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """What a table may hold."""

    traces: int
    """Decided or not."""
    memory: int
    """Bytes that undecided traces take."""
    trace_bytes: int = 0
    """Of the requests of one trace; a larger one is decided not to be sampled. 0 is no limit."""
    evicts: bool = True
    """Whether the oldest undecided traces are dropped where there is no room; otherwise a request may go beyond the limits."""
    sampled_cache: int = 0
    """Traces remembered after they have left memory, the least recently asked for forgotten first."""
    not_sampled_cache: int = 0


class Late(NamedTuple):
    """Spans of a trace that was decided before."""

    policy: int
    """Number of the policy that sampled it, or NOT_SAMPLED."""
    cached: bool
    """Whether a cache knew; otherwise `at` is when it was decided."""
    at: float
    request: bytes
    """Empty for a trace that is not sampled."""
    spans: int


class Intake(NamedTuple):
    """What became of the traces of a request, other than that they wait."""

    begun: int
    """Traces that were not known."""
    too_large: int
    evicted: int
    """Traces dropped undecided, for want of room."""
    removed: list[tuple[float, int]]
    """Traces that left memory, by when they came: neighbours with the same time are one entry."""
    late: list[Late]


class Group(NamedTuple):
    """Traces that are decided alike."""

    met: bytes
    """A byte for each test, 1 if the traces meet it."""
    traces: int
    spans: int
    size: int
    """Bytes of their requests."""
    requests: list[bytes]
    """Where they were asked for."""
    error: str
    """Why the traces cannot be read; empty where they can."""


class Release(NamedTuple):
    """Sampled traces that go on in one request."""

    policy: int
    request: bytes
    spans: int


class TraceTable(Protocol):
    """Traces by id."""

    TRACE_BYTES: int
    """What an undecided trace costs besides its requests, about."""
    FRAGMENT_BYTES: int
    """What a request of a trace costs besides its bytes, about."""

    def __len__(self) -> int:
        """Traces, decided or not."""

    @property
    def pending(self) -> int:
        """Undecided traces."""

    @property
    def memory(self) -> int:
        """Bytes that undecided traces take, about; a resource that traces share is counted for each."""

    def take(self, data: bytes, now: float, due: int, root_due: int | None = None) -> Intake:
        """Take the spans of a request; `InvalidTelemetry` when it is malformed, then nothing was taken.

        They are decided at the tick `due`, or at `root_due`, if that is sooner, where a span without parent is among them.
        """

    def draw(
        self, tick: int, most: int, now: float, oldest: int, *, apart: bool = False, requests: bool = False
    ) -> tuple[list[Group], int]:
        """Take out at most so many traces that are due, those with a root first, then the oldest, and judge them.

        Fewer, where they are large: what is drawn is DRAWN_BYTES and one trace at most. With `apart` each is a group of its own.
        ValueError when what was drawn before is not settled. The second value counts spans of traces that had begun longer
        before they came than `oldest` (ns since 1970) is before `now`.
        """

    def settle(
        self, policies: Sequence[int], now: float, spans: int, size: int, *, apart: bool = False
    ) -> tuple[list[Release], list[tuple[float, int]]]:
        """Remember the number of a policy, or NOT_SAMPLED, for each group that was drawn, and hand out what is sampled.

        Traces are joined up to so many spans or bytes, in the order they were drawn; a request is larger by one trace at most.
        With `apart` only those of one policy. The second value tells what left memory, as in `Intake`.
        """

    def drop_pending(self) -> int:
        """Drop all undecided traces; returns how many there were."""

    def clear(self) -> None:
        """Forget everything but what the caches know."""
