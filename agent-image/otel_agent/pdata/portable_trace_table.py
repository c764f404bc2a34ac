"""The portable table of traces; see `otel_agent.pdata.trace_table`."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.joining import merge
from otel_agent.pdata.judging import Judge
from otel_agent.pdata.recent_decisions import RecentDecisions
from otel_agent.pdata.trace_table import DRAWN_BYTES, NOT_SAMPLED, Group, Intake, Late, Release, TableLimits
from otel_agent.pdata.traces import group_by_trace, summarize_traces

_NANOSECONDS = 1_000_000_000


class _Trace:
    """An undecided trace."""

    __slots__ = ("arrived", "due", "requests", "size", "spans")

    def __init__(self, arrived: float, due: int, request: bytes, spans: int) -> None:
        self.arrived = arrived
        self.due = due
        self.requests = [request]
        self.spans = spans
        self.size = len(request)


class _Decision:
    """What was decided of a trace."""

    __slots__ = ("arrived", "at", "policy")

    def __init__(self, policy: int, at: float, arrived: float) -> None:
        self.policy = policy
        self.at = at
        self.arrived = arrived


class _Ages:
    """Traces that left memory, by when they came."""

    def __init__(self) -> None:
        self.runs: list[tuple[float, int]] = []

    def add(self, arrived: float) -> None:
        if self.runs and self.runs[-1][0] == arrived:
            self.runs[-1] = (arrived, self.runs[-1][1] + 1)
        else:
            self.runs.append((arrived, 1))


class _Taking:
    """What becomes of the traces of a request."""

    def __init__(self) -> None:
        self.begun = 0
        self.too_large = 0
        self.evicted = 0
        self.removed = _Ages()
        self.late: list[Late] = []


class PortableTraceTable:
    """Traces by id, in queues in the order of time."""

    def __init__(self, judge: Judge, limits: TableLimits, *, trace_bytes: int = 400, fragment_bytes: int = 80) -> None:
        self.TRACE_BYTES = trace_bytes
        self.FRAGMENT_BYTES = fragment_bytes
        self._judge = judge
        self._limits = limits
        self._pending: OrderedDict[bytes, _Trace] = OrderedDict()
        self._rooted: OrderedDict[bytes, int] = OrderedDict()
        self._decided: OrderedDict[bytes, _Decision] = OrderedDict()
        self._sampled = RecentDecisions(limits.sampled_cache)
        self._not_sampled = RecentDecisions(limits.not_sampled_cache)
        self._drawn: list[tuple[bytes, _Trace, int]] = []
        self._memory = 0

    def __len__(self) -> int:
        return len(self._pending) + len(self._decided)

    @property
    def pending(self) -> int:
        """As `TraceTable.pending`."""
        return len(self._pending)

    @property
    def memory(self) -> int:
        """As `TraceTable.memory`."""
        return self._memory

    def take(self, data: bytes, now: float, due: int, root_due: int | None = None) -> Intake:
        """As `TraceTable.take`."""
        groups = group_by_trace(data)
        rooted = {row.trace_id for row in summarize_traces(data) if row.root} if root_due is not None else set()
        taking = _Taking()
        for trace_id, request, spans in groups:
            trace = self._pending.get(trace_id)
            if trace is not None:
                trace.requests.append(request)
                trace.spans += spans
                trace.size += len(request)
                self._memory += self.FRAGMENT_BYTES + len(request)
            elif (late := self._late(trace_id, request, spans)) is not None:
                taking.late.append(late)
                continue
            else:
                self._make_room(taking)
                taking.begun += 1
                trace = self._pending[trace_id] = _Trace(now, due, request, spans)
                self._memory += self._footprint(trace)
            if trace_id in rooted and root_due is not None and root_due < trace.due:
                trace.due = self._rooted[trace_id] = root_due
            if 0 < self._limits.trace_bytes < trace.size:
                taking.too_large += 1
                self._settle(trace_id, self._remove(trace_id), NOT_SAMPLED, now, taking.removed)
        while self._limits.evicts and self._memory > self._limits.memory and self._evict(taking):
            pass
        return Intake(taking.begun, taking.too_large, taking.evicted, taking.removed.runs, taking.late)

    def draw(
        self, tick: int, most: int, now: float, oldest: int, *, apart: bool = False, requests: bool = False
    ) -> tuple[list[Group], int]:
        """As `TraceTable.draw`."""
        if self._drawn:
            raise ValueError("the traces that were drawn before must be settled first")
        groups: list[Group] = []
        numbers: dict[bytes, int] = {}
        late_spans = 0
        for trace_id, trace in self._due(tick, most):
            try:
                met, earliest = self._judge.judge(trace_id, trace.requests)
                error = ""
            except InvalidTelemetry as problem:
                met, earliest, error = b"", 0, str(problem)
            if 0 < earliest < oldest - int((now - trace.arrived) * _NANOSECONDS):
                late_spans += trace.spans
            number = len(groups) if apart or error else numbers.setdefault(met, len(groups))
            if number == len(groups):
                groups.append(Group(met, 0, 0, 0, [], error))
            known = groups[number]
            if requests:
                known.requests.extend(trace.requests)
            groups[number] = known._replace(
                traces=known.traces + 1, spans=known.spans + trace.spans, size=known.size + trace.size
            )
            self._drawn.append((trace_id, trace, number))
        return groups, late_spans

    def settle(
        self, policies: Sequence[int], now: float, spans: int, size: int, *, apart: bool = False
    ) -> tuple[list[Release], list[tuple[float, int]]]:
        """As `TraceTable.settle`."""
        if any(number >= len(policies) for _, _, number in self._drawn):
            raise ValueError("a policy, or a negative number, is needed for each group")
        drawn, self._drawn = self._drawn, []
        removed = _Ages()
        joined: list[tuple[int, list[_Trace]]] = []
        held_spans = held_bytes = 0
        for trace_id, trace, number in drawn:
            policy = policies[number]
            self._settle(trace_id, trace, policy, now, removed)
            if policy < 0:
                continue
            if not joined or held_spans >= spans or held_bytes >= size or (apart and joined[-1][0] != policy):
                joined.append((policy, []))
                held_spans = held_bytes = 0
            joined[-1][1].append(trace)
            held_spans += trace.spans
            held_bytes += trace.size
        return [_release(policy, traces) for policy, traces in joined], removed.runs

    def drop_pending(self) -> int:
        """As `TraceTable.drop_pending`."""
        dropped = len(self._pending)
        self._pending.clear()
        self._rooted.clear()
        self._memory = 0
        return dropped

    def clear(self) -> None:
        """As `TraceTable.clear`."""
        self.drop_pending()
        self._drawn = []
        self._decided.clear()

    def _late(self, trace_id: bytes, request: bytes, spans: int) -> Late | None:
        """Return spans of a trace that was decided; None when nothing is known of it."""
        policy, cached, at = self._sampled.get(trace_id), True, 0.0
        if policy is None:
            policy = self._not_sampled.get(trace_id)
        if policy is None:
            decision = self._decided.get(trace_id)
            if decision is None:
                return None
            policy, cached, at = decision.policy, False, decision.at
        return Late(policy, cached, at, request if policy >= 0 else b"", spans)

    def _make_room(self, taking: _Taking) -> None:
        while len(self) >= self._limits.traces:
            if self._decided:
                taking.removed.add(self._decided.popitem(last=False)[1].arrived)
            elif not self._limits.evicts or not self._evict(taking):
                break

    def _evict(self, taking: _Taking) -> bool:
        """Drop the oldest undecided trace; False if there is none."""
        if not self._pending:
            return False
        taking.removed.add(self._remove(next(iter(self._pending))).arrived)
        taking.evicted += 1
        return True

    def _due(self, tick: int, most: int) -> Iterator[tuple[bytes, _Trace]]:
        size = 0
        for _ in range(most):
            if size >= DRAWN_BYTES:
                return
            trace_id = next(iter(self._rooted), None)
            if trace_id is None or self._rooted[trace_id] > tick:
                trace_id = next(iter(self._pending), None)
                if trace_id is None or self._pending[trace_id].due > tick:
                    return
            trace = self._remove(trace_id)
            size += trace.size
            yield trace_id, trace

    def _remove(self, trace_id: bytes) -> _Trace:
        trace = self._pending.pop(trace_id)
        self._rooted.pop(trace_id, None)
        self._memory -= self._footprint(trace)
        return trace

    def _settle(self, trace_id: bytes, trace: _Trace, policy: int, now: float, removed: _Ages) -> None:
        """Remember what was decided of a trace that was taken out."""
        if (self._not_sampled if policy < 0 else self._sampled).put(trace_id, policy):
            removed.add(trace.arrived)
        else:
            self._decided[trace_id] = _Decision(policy, now, trace.arrived)

    def _footprint(self, trace: _Trace) -> int:
        return self.TRACE_BYTES + self.FRAGMENT_BYTES * len(trace.requests) + trace.size


def _release(policy: int, traces: Sequence[_Trace]) -> Release:
    return Release(policy, merge(request for trace in traces for request in trace.requests), sum(trace.spans for trace in traces))
