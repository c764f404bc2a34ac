"""Reports files that cannot be read: each trouble is counted, and logged once for each path until the file can be read again."""

import logging

from otel_agent.telemetry.instruments import Counter

_MAX_PATHS = 1_000
"""Paths that are remembered as reported; beyond, troubles are only counted."""


class Troubles:
    """One receiver's."""

    def __init__(self, logger: logging.Logger, counter: Counter) -> None:
        self._logger = logger
        self._counter = counter
        self._reported: dict[str, str] = {}

    def report(self, path: str, error: Exception | str) -> None:
        """Count, and log what is new."""
        self._counter.value += 1
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        if self._reported.get(path) == reason or len(self._reported) >= _MAX_PATHS:
            return
        self._reported[path] = reason
        self._logger.warning("Failed to read file", extra={"path": path, "error": reason})

    def over(self, path: str) -> None:
        """Note that a path can be read again."""
        self._reported.pop(path, None)
