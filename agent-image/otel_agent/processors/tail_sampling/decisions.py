"""Asks the policies about a trace and combines what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import Candidate, CompiledPolicy, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a trace, and the first policy that said so; empty when none did."""

    verdict: Verdict
    policy: str = ""


_NOT_SAMPLED = Outcome(Verdict.NOT_SAMPLED)


class Decider:
    """The policies of one processor, those that drop first."""

    def __init__(self, policies: Sequence[CompiledPolicy], metrics: TailSamplingMetrics, *, first_match: bool) -> None:
        self._policies = list(zip(policies, metrics.policies, strict=True))
        self._metrics = metrics
        self._first_match = first_match
        self._outcomes = {
            (policy.name, verdict): Outcome(verdict, policy.name)
            for policy in policies
            for verdict in (Verdict.SAMPLED, Verdict.DROPPED)
        }

    def decide(self, candidate: Candidate) -> Outcome:
        """Drop when a policy drops, else sample when one samples. One that fails is counted and has no say."""
        outcome = _NOT_SAMPLED
        for policy, counters in self._policies:
            try:
                verdict = policy.verdict(candidate)
            except ValueError:
                self._metrics.evaluation_errors.value += 1
                continue
            counters.traces[verdict].value += 1
            counters.spans[verdict].value += candidate.spans
            if verdict is Verdict.NOT_SAMPLED:
                continue
            if outcome is _NOT_SAMPLED:
                outcome = self._outcomes[policy.name, verdict]
            if verdict is Verdict.DROPPED or self._first_match:
                break
        return outcome
