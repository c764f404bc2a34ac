"""What a scraper is: it reads its source once when asked, and says what it could not read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics

MAX_ERRORS = 20
"""Texts kept of one scrape; of more there is the number."""


@dataclass(slots=True)
class Scrape:
    """What one scrape found."""

    resources: list[ResourceMetrics] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Of the first errors, what could not be read and why."""
    error_count: int = 0
    failed_points: int = 0
    """Metrics that could not be read."""

    def fail(self, text: str, points: int) -> None:
        """Note that something could not be read; `points` metrics are missing because of it."""
        self.error_count += 1
        self.failed_points += points
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(text)

    @property
    def message(self) -> str:
        """All errors in one text, empty without."""
        more = self.error_count - len(self.errors)
        return "; ".join([*self.errors, *([f"and {more} more"] if more else [])])


class Scraper(Protocol):
    """Called in a thread, never twice at a time. What it raises (OSError, ValueError) is an error of the whole scrape."""

    name: str

    @property
    def metric_count(self) -> int:
        """Metrics that are missing when the whole scrape fails."""
        ...

    def scrape(self, now: int) -> Scrape:
        """Read everything; `now` is in nanoseconds since 1970."""
        ...


Clock = Callable[[], int]
"""Nanoseconds since 1970."""
