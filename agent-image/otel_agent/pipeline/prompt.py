"""Finds how a consumer takes telemetry without waiting."""

from collections.abc import Callable

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Consumer, PromptConsumer

ConsumeNow = Callable[[Telemetry], bool]
"""See `PromptConsumer.consume_now`."""


def prompt(consumer: Consumer) -> ConsumeNow:
    """Return the `consume_now` of a consumer; of one without, a function that always says to `consume` instead."""
    return consumer.consume_now if isinstance(consumer, PromptConsumer) else _wait


def _wait(_: Telemetry) -> bool:
    return False
