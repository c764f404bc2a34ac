"""Logs failures of statements: each statement's at most once in a while, with the number of those that were not shown."""

import logging
import time
from collections.abc import Callable

from otel_agent.ottl.program import Report, shortened

INTERVAL = 10.0
"""Seconds between two log lines about one statement."""


class FailureLog:
    """Counts failures by statement. Not for several threads."""

    def __init__(self, logger: logging.Logger, kind: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._kind = kind
        self._clock = clock
        self._due: dict[str, float] = {}
        self._hidden: dict[str, int] = {}

    @property
    def report(self) -> Report:
        """What statements call when they fail."""
        return self._report

    def _report(self, text: str, error: Exception) -> None:
        now = self._clock()
        if now < self._due.get(text, 0.0):
            self._hidden[text] = self._hidden.get(text, 0) + 1
            return
        self._due[text] = now + INTERVAL
        extra = {self._kind: shortened(text), "error": str(error), "not_shown": self._hidden.pop(text, 0)}
        self._logger.warning("Failed to evaluate an OTTL %s, going on without it", self._kind, extra=extra)
