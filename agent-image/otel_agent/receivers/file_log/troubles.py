"""Reports files that cannot be read, or are not what a log file is: each trouble is counted and logged, but not without end.

A file that cannot be read is logged once until it can be, records that were cut once a minute and file.
"""

import logging

from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.sampling import Sampler

_MAX_PATHS = 1_000
"""Paths that are remembered as reported; beyond, troubles are only counted."""
_CUT_SECONDS = 60.0
"""Between two lines about cut records of one file."""


class Troubles:
    """One receiver's."""

    def __init__(self, logger: logging.Logger, unreadable: Counter, binary: Counter) -> None:
        self._logger = logger
        self._unreadable = unreadable
        self._binary = binary
        self._reported: dict[str, str] = {}
        self._cuts = Sampler(initial=1, thereafter=0, tick=_CUT_SECONDS)

    def report(self, path: str, error: Exception | str) -> None:
        """Count, and log what is new."""
        self._unreadable.value += 1
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        if self._reported.get(path) == reason or len(self._reported) >= _MAX_PATHS:
            return
        self._reported[path] = reason
        self._logger.warning("Failed to read file", extra={"path": path, "error": reason})

    def is_binary(self, path: str) -> None:
        """Count and log a file that does not begin as text does; what is in it becomes records all the same, as in Go."""
        self._binary.value += 1
        text = "File seems not to be text, its records may be useless: exclude it, or set encoding or compression"
        self._logger.warning(text, extra={"path": path})

    def cut(self, path: str, most: int) -> None:
        """Log that records of a file were cut, which their reader has counted."""
        if self._cuts.admit(path):
            text = "Records longer than max_log_size were cut; with multiline, see whether its pattern still matches"
            self._logger.warning(text, extra={"path": path, "max_log_size": most})

    def over(self, path: str) -> None:
        """Note that a path can be read again."""
        self._reported.pop(path, None)
