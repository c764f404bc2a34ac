"""Where the policy `ottl_condition` meets OTTL. The only place of this processor that knows it."""

from collections.abc import Callable, Sequence

from otel_agent.processors.tail_sampling.policy_config import OttlCondition

Condition = Callable[[Sequence[bytes]], bool]
"""Whether a span, or an event of one, in the requests of a trace meets a condition; ValueError when evaluating it failed."""


def compile_condition(config: OttlCondition) -> Condition:
    """Compile the conditions of a policy; ValueError says what is wrong with them, or that this collector has no OTTL."""
    raise ValueError("the policy type ottl_condition is not supported yet: this collector has no OTTL to evaluate it")
