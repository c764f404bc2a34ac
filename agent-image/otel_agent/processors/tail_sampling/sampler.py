"""Tail sampling without its timers: takes requests in, decides what is due, and gives out what is sampled.

Time is given: `now` in seconds of a monotonic clock, ticks are parts of a second counted from the start.
"""

import logging
from collections.abc import Iterator, Sequence

from otel_agent.pdata import kernel
from otel_agent.pdata.program import EditProgram, Step
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import LAST_TICK, NOT_SAMPLED, Group, Late, TraceTable
from otel_agent.processors.tail_sampling.config import TailSamplingConfig
from otel_agent.processors.tail_sampling.decisions import Decider
from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import Candidate, Verdict
from otel_agent.processors.tail_sampling.release import FULL_BYTES, FULL_SPANS, Release

TICKS_A_SECOND = 4
"""How often traces are decided. Spans stay in memory for up to one tick longer than they have to."""
_LATE_SHARE = 4
"""Late spans may wait for the next component up to the memory bound divided by this; then senders wait."""
_NANOSECONDS = 1_000_000_000


_TOGETHER = 4096
_APART = 200
"""Traces decided before others get their turn: by the tests they meet, and one by one."""


class TailSampler:
    """The traces of one processor."""

    def __init__(
        self,
        config: TailSamplingConfig,
        decider: Decider,
        table: TraceTable,
        metrics: TailSamplingMetrics,
        logger: logging.Logger,
        *,
        memory_limit: int,
        record_policy: bool = False,
    ) -> None:
        self._config = config
        self._decider = decider
        self._table = table
        self._metrics = metrics
        self._logger = logger
        self._memory_limit = memory_limit
        self._record_policy = record_policy
        self._wait_ticks = TICKS_A_SECOND * max(int(config.decision_wait), 1)
        self._root_ticks = TICKS_A_SECOND * int(config.decision_wait_after_root_received)
        self._looks_for_roots = config.decision_wait_after_root_received > 0
        self._names = [policy.name for policy in config.policies]
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._markers: dict[tuple[str, bool], EditProgram] = {}
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
        if not self._config.block_on_overflow:
            return False
        return self._table.pending >= self._config.num_traces or self._table.memory >= self._memory_limit

    def take(self, data: bytes, now: float) -> None:
        """Take the spans of a request; `InvalidTelemetry` when it is malformed, then nothing was taken."""
        root_due = self._tick + self._root_ticks + 1 if self._looks_for_roots else None
        intake = self._table.take(data, now, self._tick + self._wait_ticks + 1, root_due)
        self._metrics.new_traces.value += intake.begun
        self._metrics.dropped_too_large.value += intake.too_large
        self._metrics.dropped_too_early.value += intake.evicted
        self.evicted += intake.evicted
        self._count_removed(intake.removed, now)
        for late in intake.late:
            self._follow(late, now)
        self.show()

    def next_tick(self) -> None:
        """Count a tick."""
        self._tick += 1

    def decide_due(self, now: float, wall: int, *, everything: bool = False) -> Iterator[int]:
        """Decide the traces that are due, or everything; stops after some, so that the caller can hand on what is sampled.

        Yields how many were decided. `wall` is `now` in nanoseconds since 1970.
        """
        tick = LAST_TICK if everything else self._tick
        apart = not self._decider.repeatable
        oldest = wall - int(self._config.decision_wait * _NANOSECONDS)
        while True:
            groups, latecomers = self._table.draw(
                tick, _APART if apart else _TOGETHER, now, oldest, apart=apart, requests=self._decider.decodes
            )
            if not groups:
                break
            self.latecomers += latecomers
            self._metrics.late_spans_unknown.value += latecomers
            policies = [self._decide(group, now) for group in groups]
            releases, removed = self._table.settle(policies, now, FULL_SPANS, FULL_BYTES, apart=self._record_policy)
            self._count_removed(removed, now)
            for release in releases:
                self._release(release.request, release.spans, release.policy)
            self.show()
            yield sum(group.traces for group in groups)

    def _decide(self, group: Group, now: float) -> int:
        """Return the number of the policy that samples traces, or NOT_SAMPLED."""
        if group.error:
            self._metrics.evaluation_errors.value += group.traces
            self._logger.warning("A trace that cannot be read is not sampled", extra={"error": group.error})
            return NOT_SAMPLED
        outcome = self._decider.decide(Candidate(group.met, group.traces, group.spans, group.size, group.requests, now))
        return self._numbers[outcome.policy] if outcome.verdict is Verdict.SAMPLED else NOT_SAMPLED

    def drop_pending(self) -> int:
        """Drop all undecided traces; returns how many there were."""
        return self._table.drop_pending()

    def close(self) -> None:
        """Forget everything, so that the gauges do not count it any longer."""
        self._table.clear()
        self.show()

    def show(self) -> None:
        """Set the gauges; by differences, because pipelines share them."""
        traces, size = len(self._table), self._table.memory + self.release.bytes
        self._metrics.traces_on_memory.value += traces - self._shown[0]
        self._metrics.bytes_on_memory.value += size - self._shown[1]
        self._shown = (traces, size)

    @property
    def pending(self) -> int:
        """Undecided traces."""
        return self._table.pending

    def _follow(self, late: Late, now: float) -> None:
        """Treat spans as their trace was decided."""
        sampled = late.policy != NOT_SAMPLED
        if late.cached:
            self._metrics.cached[sampled].value += late.spans
        else:
            self._metrics.late_span_age.record(now - late.at)
        if sampled:
            self._release(late.request, late.spans, late.policy, cached=late.cached)

    def _count_removed(self, removed: Sequence[tuple[float, int]], now: float) -> None:
        for arrived, traces in removed:
            self._metrics.removal_age.record(now - arrived, traces)

    def _release(self, request: bytes, spans: int, policy: int, *, cached: bool = False) -> None:
        if self._record_policy:
            request = self._marked(request, self._names[policy], cached=cached)
        self.release.add(request, spans)

    def _marked(self, request: bytes, policy: str, *, cached: bool) -> bytes:
        """Write the policy's name on the scopes (gate processor.tailsamplingprocessor.recordpolicy)."""
        key = policy, cached
        if key not in self._markers:
            steps: list[Step] = [(("upsert", "tailsampling.policy", ("value", policy)), None)]
            steps += [(("upsert", "tailsampling.cached_decision", ("value", True)), None)] if cached else []
            self._markers[key] = kernel.compile_edits(Signal.TRACES, "scope", steps)
        return self._markers[key].edit(request)
