"""Which of several workers a component runs in, and what it has to know of the others."""

from collections.abc import Callable
from dataclasses import dataclass

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.telemetry.process import rss_bytes

Spread = frozenset[tuple[ComponentKind, ComponentId, str]]
"""Receivers and exporters, by kind, id and signal (of receivers: empty), that run in every worker."""


@dataclass(slots=True)
class Seat:
    """One worker's place; the default is that of a collector which runs in a single process."""

    number: int = 0
    """From 0; the first worker also runs what must run only once."""
    size: int = 1
    """Number of workers."""
    memory: Callable[[], int] = rss_bytes
    """Resident bytes of all processes of this collector."""
    spread: Spread = frozenset()
    """Changed by a reload."""

    def runs_elsewhere(self, kind: ComponentKind, component: ComponentId, part: str, number: int) -> bool:
        """Whether worker `number` has an instance of its own."""
        return number < self.size and (kind, component, part) in self.spread
