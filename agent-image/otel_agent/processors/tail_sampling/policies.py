"""Compiles policies: their tests of single spans for the kernel, and what combines them to functions. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from otel_agent.pdata.judging import Test
from otel_agent.processors.tail_sampling.limits import SecondlyAllowance, TokenBucket
from otel_agent.processors.tail_sampling.ottl_condition import compile_conditions
from otel_agent.processors.tail_sampling.policy_config import (
    STATUS_CODES,
    And,
    AndSubPolicy,
    Composite,
    CompositeSubPolicy,
    NumericAttribute,
    Policy,
    Probabilistic,
    SharedPolicy,
    StringAttribute,
)

DEFAULT_SALT = "default-hash-seed"
_INT64 = 2**63
_MAX_UINT64 = 2**64 - 1
_MAX_TRACE_STATE_MEMBER = 256
"""Bytes of key and value; a longer one cannot stand in a tracestate."""


class Verdict(StrEnum):
    """What a policy says of a trace."""

    SAMPLED = "sampled"
    NOT_SAMPLED = "not_sampled"
    DROPPED = "dropped"


@dataclass(slots=True)
class Candidate:
    """A trace to be decided on, or several that are decided together, because no policy looks at more than tests."""

    met: bytes
    """A byte for each test, 1 if the trace meets it."""
    traces: int
    spans: int
    size: int
    """Bytes of its requests."""
    requests: Sequence[bytes]
    """Where a policy looks into them."""
    now: float
    """Seconds of a monotonic clock."""


Evaluate = Callable[[Candidate], bool]
"""Whether a policy would sample a trace; ValueError when it cannot tell."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy at the top."""

    name: str
    evaluate: Evaluate
    drops: bool
    """Whether it drops what it meets, instead of sampling it."""
    repeatable: bool
    """Whether it says the same of all traces that meet the same tests, whenever it is asked."""
    decodes: bool
    """Whether it looks into the requests."""

    def verdict(self, candidate: Candidate) -> Verdict:
        """Say what becomes of a trace; ValueError when that cannot be told."""
        if not self.evaluate(candidate):
            return Verdict.NOT_SAMPLED
        return Verdict.DROPPED if self.drops else Verdict.SAMPLED


def compile_policies(policies: Sequence[Policy]) -> tuple[list[CompiledPolicy], list[Test]]:
    """Return the policies, those that drop first, and the tests that `Candidate.met` has to be about."""
    compiler = _Compiler()
    compiled = []
    for policy in policies:
        compiler.repeatable, compiler.decodes = True, False
        evaluate = compiler.policy(policy)
        compiled.append(CompiledPolicy(policy.name, evaluate, policy.type == "drop", compiler.repeatable, compiler.decodes))
    return sorted(compiled, key=lambda policy: not policy.drops), compiler.tests


def hash_threshold(percentage: float) -> int:
    """Return the largest hash, of 64 bits, that is sampled.

    Computed as the Go processor does: the product is rounded to a mantissa of 64 bits, half to even, then cut off.
    """
    numerator, denominator = (percentage / 100).as_integer_ratio()
    product = _MAX_UINT64 * max(numerator, 0)
    whole = product // denominator
    if whole > _MAX_UINT64:
        return _MAX_UINT64
    fraction_bits = 64 - max(whole.bit_length(), 1)
    mantissa, rest = divmod(product << fraction_bits, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and mantissa & 1):
        mantissa += 1
    return min(mantissa >> fraction_bits, _MAX_UINT64)


class _Compiler:
    """Collects tests on the way."""

    def __init__(self) -> None:
        self.tests: list[Test] = []
        self.repeatable = True
        """Whether all since this was set looks at nothing but tests."""
        self.decodes = False
        """Whether something since this was set looks into requests."""

    def policy(self, policy: SharedPolicy) -> Evaluate:
        """Compile a policy and all below it."""
        match policy:
            case Policy(type="composite"):
                return self._composite(policy.composite)
            case Policy(type="drop"):
                return self._all(policy.drop.drop_sub_policy)
            case Policy(type="and") | CompositeSubPolicy(type="and"):
                return self._all(_and_of(policy).and_sub_policy)
            case Policy(type="not") | AndSubPolicy(type="not"):
                negated = policy.not_.not_sub_policy
                assert negated is not None
                evaluate = self.policy(negated)
                return lambda candidate: not evaluate(candidate)
        return self._leaf(policy)

    def _all(self, policies: Sequence[SharedPolicy]) -> Evaluate:
        evaluations = [self.policy(policy) for policy in policies]
        return lambda candidate: all(evaluate(candidate) for evaluate in evaluations)

    def _composite(self, composite: Composite) -> Evaluate:
        self.repeatable = False
        allocations = _allocations(composite)
        members = [
            (self.policy(policy), SecondlyAllowance(min(allocations.get(policy.name, 0), composite.max_total_spans_per_second)))
            for policy in composite.composite_sub_policy
        ]

        def evaluate(candidate: Candidate) -> bool:
            for samples, allowance in members:
                if samples(candidate):
                    return allowance.take(candidate.spans, candidate.now)
            return False

        return evaluate

    def _leaf(self, policy: SharedPolicy) -> Evaluate:
        match policy.type:
            case "always_sample":
                return lambda _: True
            case "latency":
                return self._test(("latency", policy.latency.threshold_ms, policy.latency.upper_threshold_ms))
            case "numeric_attribute":
                return self._test(_numeric_test(policy.numeric_attribute), inverted=policy.numeric_attribute.invert_match)
            case "boolean_attribute":
                boolean = policy.boolean_attribute
                return self._test(("bool", boolean.key, boolean.value), inverted=boolean.invert_match)
            case "string_attribute":
                return self._test(_string_test(policy.string_attribute), inverted=policy.string_attribute.invert_match)
            case "status_code":
                return self._test(("status", [STATUS_CODES.index(code) for code in policy.status_code.status_codes]))
            case "trace_state":
                key = policy.trace_state.key
                values = [text for text in policy.trace_state.values if text and _fits(key, text)]
                return self._test(("trace_state", key, values))
            case "trace_flags":
                return self._test(("sampled_flag",))
            case "probabilistic":
                return self._test(_probabilistic_test(policy.probabilistic))
        self.repeatable = False
        self.decodes |= policy.type == "ottl_condition"
        return _without_test(policy)

    def _test(self, test: Test, *, inverted: bool = False) -> Evaluate:
        if test not in self.tests:
            self.tests.append(test)
        index, wanted = self.tests.index(test), int(not inverted)
        return lambda candidate: candidate.met[index] == wanted


def _without_test(policy: SharedPolicy) -> Evaluate:
    """Compile what looks at a trace as a whole."""
    match policy.type:
        case "span_count":
            least, most = policy.span_count.min_spans, policy.span_count.max_spans
            return lambda candidate: candidate.spans >= least and (most == 0 or candidate.spans <= most)
        case "rate_limiting":
            spans = policy.rate_limiting
            spans_bucket = TokenBucket(spans.spans_per_second, spans.burst_capacity or 2 * spans.spans_per_second)
            return lambda candidate: spans_bucket.take(candidate.spans, candidate.now)
        case "bytes_limiting":
            size = policy.bytes_limiting
            bytes_bucket = TokenBucket(size.bytes_per_second, size.burst_capacity or 2 * size.bytes_per_second)
            return lambda candidate: bytes_bucket.take(candidate.size, candidate.now)
        case "ottl_condition":
            condition = compile_conditions(policy.ottl_condition)
            return lambda candidate: condition(candidate.requests)
    raise ValueError(f"unknown sampling policy type {policy.type!r}")


def _and_of(policy: Policy | CompositeSubPolicy) -> And:
    return policy.and_


def _numeric_test(numeric: NumericAttribute) -> Test:
    return ("int", numeric.key, numeric.min_value or -_INT64, numeric.max_value or _INT64 - 1)


def _string_test(string: StringAttribute) -> Test:
    if string.enabled_regex_matching:
        return ("pattern", string.key, string.values)
    return ("text", string.key, [text for text in string.values if text])


def _probabilistic_test(probabilistic: Probabilistic) -> Test:
    return ("hash", probabilistic.hash_salt or DEFAULT_SALT, hash_threshold(probabilistic.sampling_percentage))


def _fits(key: str, text: str) -> bool:
    return len(key.encode()) + len(text.encode()) < _MAX_TRACE_STATE_MEMBER


def _allocations(composite: Composite) -> dict[str, int]:
    """Spans a second by policy; one that is not named in rate_allocation has none, as in the Go processor."""
    total = float(composite.max_total_spans_per_second)
    share = total / max(len(composite.composite_sub_policy), 1)
    return {
        allocation.policy: int(allocation.percent / 100 * total if allocation.percent > 0 else share)
        for allocation in composite.rate_allocation
    }
