"""What a run of a suite found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MOST_SHOWN = 60
_MOST_OF_ONE = 3
"""Differences that are shown of what is about one statement: the others are counted."""


@dataclass(slots=True)
class Outcome:
    """Counts, and some of the differences as text."""

    suite: str
    requests: int = 0
    items: int = 0
    known: Counter[str] = field(default_factory=Counter)
    """Differences by the reason that is listed for them."""
    unreadable: int = 0
    """Requests for which the Go collector sent on text that is not UTF-8, or panicked."""
    about: Counter[str] = field(default_factory=Counter)
    """Other differences, by what they are about."""
    found: list[str] = field(default_factory=list)
    """Some of those as text, each with the seed that shows it again."""

    def note(self, about: str, reason: str | None, text: str) -> None:
        """Count a difference, and show it unless there is a reason for it or enough are shown."""
        if reason is not None:
            self.known[reason] += 1
            return
        self.about[about] += 1
        if self.about[about] <= _MOST_OF_ONE and len(self.found) < _MOST_SHOWN:
            self.found.append(text)

    def summary(self) -> str:
        """Return one line."""
        known = f", {sum(self.known.values())} of known kinds" if self.known else ""
        unreadable = f", {self.unreadable} requests without a readable answer of Go's" if self.unreadable else ""
        return f"{self.suite}: {self.requests} requests, {self.items} items, {self.about.total()} differences{known}{unreadable}"
