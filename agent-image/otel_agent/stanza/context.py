"""What operators get from the receiver that they belong to."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from otel_agent.stanza.entry import EntryError
from otel_agent.telemetry.instruments import Counter

_LOG_INTERVAL = 10.0
_MAX_SHOWN = 300


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """Log, counters and clocks of one receiver's operators."""

    logger: logging.Logger
    failures: Callable[[str], Counter]
    """By operator id: entries that it could not work on."""
    monotonic: Callable[[], float] = field(default=time.monotonic)


class Complaints:
    """Reports failures of one operator: counts each, logs at most one line every ten seconds with the number of the others."""

    def __init__(self, context: OperatorContext, operator: str, action: str) -> None:
        self._counter = context.failures(operator)
        self._logger = context.logger
        self._clock = context.monotonic
        self._operator = operator
        self._action = action
        self._next = float("-inf")
        self._silent = 0

    def report(self, error: EntryError | str, *, quiet: bool = False) -> None:
        """Count and, unless `quiet` or logged a moment ago, log."""
        self._counter.value += 1
        now = self._clock()
        if quiet or now < self._next:
            self._silent += not quiet
            return
        self._next = now + _LOG_INTERVAL
        silent, self._silent = self._silent, 0
        self._logger.error(
            "Failed to process entry",
            extra={
                "operator_id": self._operator,
                "action": self._action,
                "error": str(error)[:_MAX_SHOWN],
                "more_since_last": silent,
            },
        )
