"""The traces in memory: undecided ones with their spans, and what was decided of others. Bounded by number and by bytes. Pure.

Two queues in order of time say what is due: by the arrival of the first span, and by that of the root. What happens for every
trace is written to be quick: a gateway decides on tens of thousands a second.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

TRACE_BYTES = 400
"""What a trace costs besides its requests: entries in tables, objects, its id."""
FRAGMENT_BYTES = 80
"""What a request of a trace costs besides its bytes."""


class Trace:
    """An undecided trace."""

    __slots__ = ("arrived", "due", "requests", "size", "spans")

    def __init__(self, arrived: float, due: int, request: bytes, spans: int) -> None:
        self.arrived = arrived
        """Seconds of a monotonic clock at which its first span came."""
        self.due = due
        """Tick of the decision."""
        self.requests = [request]
        self.spans = spans
        self.size = len(request)
        """Bytes of its requests."""

    @property
    def footprint(self) -> int:
        """Bytes of memory, about."""
        return TRACE_BYTES + FRAGMENT_BYTES * len(self.requests) + self.size


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of traces that arrived in one second and were decided in another; seconds are of the same clock."""

    sampled: bool
    policy: str
    """The policy that was the reason, empty if none was."""
    at: float
    arrived: float


class TraceTable:
    """Traces by id. A decided one stays, without its spans, until room is needed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending: OrderedDict[bytes, Trace] = OrderedDict()
        self._rooted: OrderedDict[bytes, int] = OrderedDict()
        self._decided: OrderedDict[bytes, Decision] = OrderedDict()
        self.bytes = 0
        """Of memory that undecided traces take, about."""

    def __len__(self) -> int:
        """Traces, decided or not."""
        return len(self._pending) + len(self._decided)

    @property
    def pending(self) -> int:
        """Undecided traces."""
        return len(self._pending)

    @property
    def full(self) -> bool:
        """Whether a new trace has no room but that of an undecided one."""
        return len(self._pending) >= self._limit

    def decision(self, trace_id: bytes) -> Decision | None:
        """Return what was decided of a trace that is still known."""
        return self._decided.get(trace_id)

    def add(self, trace_id: bytes, request: bytes, spans: int) -> Trace | None:
        """Add spans to an undecided trace; None if there is none of this id."""
        trace = self._pending.get(trace_id)
        if trace is not None:
            trace.requests.append(request)
            trace.spans += spans
            trace.size += len(request)
            self.bytes += FRAGMENT_BYTES + len(request)
        return trace

    def begin(self, trace_id: bytes, trace: Trace) -> None:
        """Add an undecided trace that is new; the caller has made room."""
        self._pending[trace_id] = trace
        self.bytes += TRACE_BYTES + FRAGMENT_BYTES + trace.size

    def hasten(self, trace_id: bytes, trace: Trace, due: int) -> None:
        """Decide a trace earlier, if that is earlier."""
        if due < trace.due:
            trace.due = due
            self._rooted[trace_id] = due

    def due(self, tick: int) -> Iterator[tuple[bytes, Trace]]:
        """Take out the traces that are due: those whose root has come, then the others, oldest first."""
        while self._rooted:
            trace_id, due = self._rooted.popitem(last=False)
            if due > tick:
                self._rooted[trace_id] = due
                self._rooted.move_to_end(trace_id, last=False)
                break
            yield trace_id, self.take(trace_id)
        pending, rooted = self._pending, self._rooted
        while pending:
            trace_id, trace = pending.popitem(last=False)
            if trace.due > tick:
                pending[trace_id] = trace
                pending.move_to_end(trace_id, last=False)
                break
            if rooted:
                rooted.pop(trace_id, None)
            self.bytes -= trace.footprint
            yield trace_id, trace

    def take(self, trace_id: bytes) -> Trace:
        """Take out an undecided trace."""
        trace = self._pending.pop(trace_id)
        self._rooted.pop(trace_id, None)
        self.bytes -= trace.footprint
        return trace

    def take_oldest(self) -> Trace | None:
        """Take out the undecided trace that came first; None if there is none."""
        return self.take(next(iter(self._pending))) if self._pending else None

    def forget_oldest(self) -> Decision | None:
        """Forget the oldest decision; None if there is none."""
        return self._decided.popitem(last=False)[1] if self._decided else None

    def remember(self, trace_id: bytes, decision: Decision) -> None:
        """Keep what was decided of a trace that was taken out."""
        self._decided[trace_id] = decision
