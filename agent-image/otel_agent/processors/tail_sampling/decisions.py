"""Asks the policies about traces and combines what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import Candidate, CompiledPolicy, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a trace, and the first policy that said so; empty when none did."""

    verdict: Verdict
    policy: str = ""


class Decider:
    """The policies of one processor, those that drop first."""

    def __init__(self, policies: Sequence[CompiledPolicy], metrics: TailSamplingMetrics, *, first_match: bool) -> None:
        self._policies = list(zip(policies, metrics.policies, strict=True))
        self._metrics = metrics
        self._first_match = first_match
        self.repeatable = all(policy.repeatable for policy in policies)
        """Whether the same is decided on all traces that meet the same tests, so that they can be decided together."""
        self.decodes = any(policy.decodes for policy in policies)
        """Whether a policy looks into the requests."""

    def decide(self, candidate: Candidate) -> Outcome:
        """Drop when a policy drops, else sample when one samples. One that fails is counted and has no say."""
        outcome: Outcome | None = None
        for policy, counters in self._policies:
            try:
                verdict = policy.verdict(candidate)
            except ValueError:
                self._metrics.evaluation_errors.value += candidate.traces
                continue
            counters.traces[verdict].value += candidate.traces
            counters.spans[verdict].value += candidate.spans
            if verdict is Verdict.NOT_SAMPLED:
                continue
            outcome = outcome or Outcome(verdict, policy.name)
            if verdict is Verdict.DROPPED or self._first_match:
                break
        outcome = outcome or Outcome(Verdict.NOT_SAMPLED)
        self._metrics.decided[outcome.verdict].value += candidate.traces
        return outcome
