"""When a worker that has ended is replaced, and when that is given up. Pure; seconds."""

from dataclasses import dataclass

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Connections that were given to the worker wait for its successor."""
CALM_SECONDS = 60.0
"""A worker that ran for so long begins anew with the shortest pause."""
MOST_FAILED_STARTS = 5
"""So many successors in a row that did not come up: the fault is not in what they were sent."""


@dataclass(slots=True)
class Restarts:
    """The record of one worker's place."""

    pause: float = 0.0
    failed_starts: int = 0

    def ended(self, ran: float | None) -> float:
        """Note an end after `ran` seconds of being ready (None: it never was); return how long to wait with a successor."""
        self.failed_starts = self.failed_starts + 1 if ran is None else 0
        if ran is not None and ran >= CALM_SECONDS:
            self.pause = 0.0
        self.pause = min(self.pause * 2, LONGEST_PAUSE) if self.pause else FIRST_PAUSE
        return self.pause

    @property
    def hopeless(self) -> bool:
        """Whether there is no sense in another attempt."""
        return self.failed_starts >= MOST_FAILED_STARTS
