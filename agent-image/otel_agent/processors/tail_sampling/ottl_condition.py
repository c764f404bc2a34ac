"""The policy `ottl_condition`: conditions in OTTL on the spans of a trace and on their events."""

import logging
from collections.abc import Callable, Sequence

from otel_agent.ottl.expression import Test
from otel_agent.ottl.functions import CONVERTERS
from otel_agent.ottl.program import ErrorMode, Failed, any_condition, compile_condition, read_condition
from otel_agent.ottl.walk import walk
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.tail_sampling.policy_config import OttlCondition

Condition = Callable[[Sequence[bytes]], bool]
"""Whether a span, or an event of one, in the requests of a trace meets a condition; ValueError when evaluating it failed."""

_log = logging.getLogger(__name__)


def compile_conditions(config: OttlCondition) -> Condition:
    """Compile the conditions of a policy; ValueError says what is wrong with them, and in which column."""
    mode = ErrorMode(config.error_mode or ErrorMode.IGNORE)
    tests = [(context, _any(context, texts, mode)) for context, texts in _by_context(config) if texts]

    def met(requests: Sequence[bytes]) -> bool:
        try:
            for data in requests:
                request = parse(Signal.TRACES, data)
                if any(test(item) for context, test in tests for item in walk(Signal.TRACES, context, request)):
                    return True
        except Failed as error:
            raise ValueError(str(error)) from error
        return False

    return met


def _by_context(config: OttlCondition) -> tuple[tuple[str, list[str]], ...]:
    return ("span", config.span), ("spanevent", config.spanevent)


def _any(context: str, texts: Sequence[str], mode: ErrorMode) -> Test:
    conditions = [compile_condition(read_condition(text), context, CONVERTERS) for text in texts]
    return any_condition(conditions, mode, _report)


def _report(text: str, error: Exception) -> None:
    _log.warning("A condition failed, it counts as not met", extra={"condition": text, "error": str(error)})
