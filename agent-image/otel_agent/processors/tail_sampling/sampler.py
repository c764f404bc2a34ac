"""Tail sampling without its timers: takes requests in, decides what is due, and gives out what is sampled.

Time is given: `now` in seconds of a monotonic clock, ticks are seconds counted from the start.
"""

import logging
from collections.abc import Iterator

from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.judging import Judge
from otel_agent.pdata.program import EditProgram, Step
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.tail_sampling.config import TailSamplingConfig
from otel_agent.processors.tail_sampling.decision_cache import DecisionCache
from otel_agent.processors.tail_sampling.decisions import Decider, Outcome
from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import Candidate, Verdict
from otel_agent.processors.tail_sampling.release import Release
from otel_agent.processors.tail_sampling.traces import Decision, Trace, TraceTable

_LATE_SHARE = 4
"""Late spans may wait for the next component up to the memory bound divided by this; then senders wait."""
_NANOSECONDS = 1_000_000_000


class TailSampler:
    """The traces of one processor."""

    def __init__(
        self,
        config: TailSamplingConfig,
        decider: Decider,
        judge: Judge,
        metrics: TailSamplingMetrics,
        logger: logging.Logger,
        *,
        memory_limit: int,
        record_policy: bool = False,
    ) -> None:
        self._config = config
        self._decider = decider
        self._judge = judge
        self._metrics = metrics
        self._logger = logger
        self._memory_limit = memory_limit
        self._record_policy = record_policy
        self._wait_ticks = max(int(config.decision_wait), 1)
        self._root_ticks = int(config.decision_wait_after_root_received)
        self._looks_for_roots = config.decision_wait_after_root_received > 0
        self._table = TraceTable(config.num_traces)
        self._sampled = DecisionCache(config.decision_cache.sampled_cache_size)
        self._not_sampled = DecisionCache(config.decision_cache.non_sampled_cache_size)
        self._markers: dict[str, EditProgram] = {}
        self._tick = 0
        self._shown = (0, 0)
        self.release = Release()
        """What is to be handed on."""
        self.evicted = 0
        """Traces dropped undecided since this was last set to 0."""
        self.latecomers = 0
        """Late spans of traces that were decided elsewhere or forgotten, since this was last set to 0."""

    @property
    def blocked(self) -> bool:
        """Whether senders have to wait: memory is full and may not be made free, or late spans pile up."""
        if self.release.bytes > self._memory_limit // _LATE_SHARE:
            return True
        return self._config.block_on_overflow and (self._table.full or self._table.bytes >= self._memory_limit)

    def take(self, data: bytes, now: float) -> None:
        """Take the spans of a request; `InvalidTelemetry` when it is malformed, then nothing was taken."""
        groups = kernel.group_by_trace(data)
        roots = self._roots(data) if self._looks_for_roots else frozenset()
        add, largest = self._table.add, self._config.maximum_trace_size_bytes
        for trace_id, request, spans in groups:
            trace = add(trace_id, request, spans)
            if trace is None:
                if self._is_late(trace_id, request, spans, now):
                    continue
                trace = self._begin(trace_id, request, spans, now)
            if trace_id in roots:
                self._table.hasten(trace_id, trace, self._tick + self._root_ticks + 1)
            if 0 < largest < trace.size:
                self._metrics.dropped_too_large.add()
                decision = Decision(False, "", now, trace.arrived)
                self._settle(trace_id, self._table.take(trace_id), decision)
        if not self._config.block_on_overflow:
            while self._table.bytes > self._memory_limit and self._evict(now):
                pass
        self.show()

    def next_tick(self) -> None:
        """Count a second."""
        self._tick += 1

    def decide_due(self, now: float, wall: int, *, everything: bool = False) -> Iterator[None]:
        """Decide the traces that are due, or everything; stops after each, so that the caller can hand on what is sampled.

        `wall` is `now` in nanoseconds since 1970.
        """
        decisions: dict[tuple[bool, str, int], Decision] = {}
        oldest = wall - int(self._config.decision_wait * _NANOSECONDS)
        try:
            for trace_id, trace in self._table.due(self._tick + self._wait_ticks + 1 if everything else self._tick):
                outcome, earliest = self._decide(trace_id, trace, now)
                if earliest and earliest < oldest - (now - trace.arrived) * _NANOSECONDS:
                    self.latecomers += trace.spans
                    self._metrics.late_spans_unknown.value += trace.spans
                sampled = outcome.verdict is Verdict.SAMPLED
                if sampled:
                    request = trace.requests[0] if len(trace.requests) == 1 else kernel.merge(trace.requests)
                    self._release(request, trace.spans, outcome.policy)
                key = (sampled, outcome.policy, int(trace.arrived))
                decision = decisions.get(key)
                if decision is None:
                    decision = decisions[key] = Decision(sampled, outcome.policy, now, trace.arrived)
                self._settle(trace_id, trace, decision)
                yield
        finally:
            self._decider.count()
            self.show()

    def _decide(self, trace_id: bytes, trace: Trace, now: float) -> tuple[Outcome, int]:
        """Return what becomes of a trace, and the earliest start of its spans."""
        try:
            met, earliest = self._judge.judge(trace_id, trace.requests)
        except InvalidTelemetry as error:
            self._metrics.evaluation_errors.value += 1
            self._logger.warning("A trace that cannot be read is not sampled", extra={"error": str(error)})
            return Outcome(Verdict.NOT_SAMPLED), 0
        return self._decider.decide(Candidate(met, trace.spans, trace.size, trace.requests, now)), earliest

    def drop_pending(self) -> int:
        """Drop all undecided traces; returns how many there were."""
        dropped = 0
        while self._table.take_oldest() is not None:
            dropped += 1
        return dropped

    def close(self) -> None:
        """Forget everything, so that the gauges do not count it any longer."""
        self.drop_pending()
        while self._table.forget_oldest() is not None:
            pass
        self.show()

    def show(self) -> None:
        """Set the gauges; by differences, because pipelines share them."""
        traces, size = len(self._table), self._table.bytes + self.release.bytes
        self._metrics.traces_on_memory.value += traces - self._shown[0]
        self._metrics.bytes_on_memory.value += size - self._shown[1]
        self._shown = (traces, size)

    @property
    def pending(self) -> int:
        """Undecided traces."""
        return self._table.pending

    def _roots(self, data: bytes) -> frozenset[bytes]:
        return frozenset(summary.trace_id for summary in kernel.summarize_traces(data) if summary.root)

    def _is_late(self, trace_id: bytes, request: bytes, spans: int, now: float) -> bool:
        """Treat spans as the trace was decided; False when nothing is known of it."""
        policy = self._sampled.get(trace_id)
        if policy is not None:
            self._metrics.cached[True].value += spans
            self._release(request, spans, policy, cached=True)
            return True
        if self._not_sampled.get(trace_id) is not None:
            self._metrics.cached[False].value += spans
            return True
        decision = self._table.decision(trace_id)
        if decision is None:
            return False
        self._metrics.late_span_age.record(now - decision.at)
        if decision.sampled:
            self._release(request, spans, decision.policy)
        return True

    def _begin(self, trace_id: bytes, request: bytes, spans: int, now: float) -> Trace:
        while len(self._table) >= self._config.num_traces:
            forgotten = self._table.forget_oldest()
            if forgotten is not None:
                self._metrics.removal_age.record(now - forgotten.arrived)
            elif self._config.block_on_overflow or not self._evict(now):
                break  # one request may go beyond the limit: it has been taken in already
        self._metrics.new_traces.value += 1
        trace = Trace(now, self._tick + self._wait_ticks + 1, request, spans)
        self._table.begin(trace_id, trace)
        return trace

    def _evict(self, now: float) -> bool:
        """Drop the oldest undecided trace; False if there is none."""
        trace = self._table.take_oldest()
        if trace is None:
            return False
        self._metrics.removal_age.record(now - trace.arrived)
        self._metrics.dropped_too_early.value += 1
        self.evicted += 1
        return True

    def _settle(self, trace_id: bytes, trace: Trace, decision: Decision) -> None:
        """Remember what was decided of a trace that was taken out."""
        if (self._sampled if decision.sampled else self._not_sampled).put(trace_id, decision.policy):
            self._metrics.removal_age.record(decision.at - trace.arrived)
        else:
            self._table.remember(trace_id, decision)

    def _release(self, request: bytes, spans: int, policy: str, *, cached: bool = False) -> None:
        if self._record_policy:
            request = self._marked(request, policy, cached=cached)
        self.release.add(request, spans)

    def _marked(self, request: bytes, policy: str, *, cached: bool) -> bytes:
        """Write the policy's name on the scopes (gate processor.tailsamplingprocessor.recordpolicy)."""
        key = f"{policy} {cached}"
        if key not in self._markers:
            steps: list[Step] = [(("upsert", "tailsampling.policy", ("value", policy)), None)] if policy else []
            steps += [(("upsert", "tailsampling.cached_decision", ("value", True)), None)] if cached else []
            self._markers[key] = kernel.compile_edits(Signal.TRACES, "scope", steps)
        return self._markers[key].edit(request)
