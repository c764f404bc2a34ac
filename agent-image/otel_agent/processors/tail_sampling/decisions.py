"""Asks the policies about a trace and combines what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

from otel_agent.processors.tail_sampling.metrics import PolicyMetrics, TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import Candidate, CompiledPolicy, Verdict

_MOST_ANSWERS = 4096
"""Answers that are kept; further ones are worked out each time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a trace, and the first policy that said so; empty when none did."""

    verdict: Verdict
    policy: str = ""


class _Answer:
    """What all policies say of traces that meet the same tests, and how many such traces and spans are not counted yet."""

    __slots__ = ("outcome", "spans", "traces", "verdicts")

    def __init__(self, outcome: Outcome, verdicts: list[tuple[PolicyMetrics, Verdict]]) -> None:
        self.outcome = outcome
        self.verdicts = verdicts
        self.traces = 0
        self.spans = 0


class Decider:
    """The policies of one processor, those that drop first.

    Policies that look at nothing but the tests that a trace meets say the same of all traces that meet the same ones: they are
    asked once.
    """

    def __init__(self, policies: Sequence[CompiledPolicy], metrics: TailSamplingMetrics, *, first_match: bool) -> None:
        self._policies = list(zip(policies, metrics.policies, strict=True))
        self._metrics = metrics
        self._first_match = first_match
        self._repeatable = all(policy.repeatable for policy in policies)
        self._answers: dict[bytes, _Answer] = {}

    def decide(self, candidate: Candidate) -> Outcome:
        """Drop when a policy drops, else sample when one samples. One that fails is counted and has no say.

        What was decided is in the metrics after `count`.
        """
        answer = self._answers.get(candidate.met)
        if answer is None:
            answer = self._ask(candidate)
            if self._repeatable and len(self._answers) < _MOST_ANSWERS:
                self._answers[candidate.met] = answer
            else:
                answer.traces, answer.spans = 1, candidate.spans
                self._count(answer)
                return answer.outcome
        answer.traces += 1
        answer.spans += candidate.spans
        return answer.outcome

    def count(self) -> None:
        """Bring the metrics up to date."""
        for answer in self._answers.values():
            if answer.traces:
                self._count(answer)

    def _ask(self, candidate: Candidate) -> _Answer:
        outcome: Outcome | None = None
        verdicts = []
        for policy, counters in self._policies:
            try:
                verdict = policy.verdict(candidate)
            except ValueError:
                self._metrics.evaluation_errors.value += 1
                continue
            verdicts.append((counters, verdict))
            if verdict is Verdict.NOT_SAMPLED:
                continue
            outcome = outcome or Outcome(verdict, policy.name)
            if verdict is Verdict.DROPPED or self._first_match:
                break
        return _Answer(outcome or Outcome(Verdict.NOT_SAMPLED), verdicts)

    def _count(self, answer: _Answer) -> None:
        self._metrics.decided[answer.outcome.verdict].value += answer.traces
        for counters, verdict in answer.verdicts:
            counters.traces[verdict].value += answer.traces
            counters.spans[verdict].value += answer.spans
        answer.traces = answer.spans = 0
