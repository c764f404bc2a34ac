"""Counts items on their way between stages, for the metrics that every processor has."""

from collections.abc import Coroutine
from typing import Any

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.pipeline.prompt import prompt
from otel_agent.telemetry.instruments import Counter


class Metered:
    """Adds to a counter, then passes on. Not a coroutine of its own, so that a stage costs one call and no extra task switch."""

    __slots__ = ("_consume", "_consume_now", "_counter")

    def __init__(self, consumer: Consumer, counter: Counter) -> None:
        self._consume = consumer.consume
        self._consume_now = prompt(consumer)
        self._counter = counter

    def consume(self, telemetry: Telemetry) -> Coroutine[Any, Any, None]:
        """Count, and return the consumer's coroutine."""
        self._counter.value += telemetry.items
        return self._consume(telemetry)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Count what the consumer takes or refuses now; what it does not, `consume` counts."""
        try:
            taken = self._consume_now(telemetry)
        except BaseException:
            self._counter.value += telemetry.items
            raise
        if taken:
            self._counter.value += telemetry.items
        return taken
