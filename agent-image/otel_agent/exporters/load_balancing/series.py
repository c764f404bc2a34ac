"""Keeps the number of self-metrics bounded where backends come and go: the series of one that is gone are dropped."""

from collections import Counter

from otel_agent.telemetry.metrics import SelfMetrics


class SeriesBook:
    """Counts who uses the series with some label; shared by all load-balancing exporters of a collector."""

    def __init__(self, metrics: SelfMetrics) -> None:
        self._metrics = metrics
        self._users: Counter[tuple[str, str]] = Counter()

    def enter(self, label: str, value: str) -> None:
        """Note a user of the series where `label` is `value`."""
        self._users[label, value] += 1

    def leave(self, label: str, value: str) -> None:
        """Note that one has gone; with the last one the series go."""
        self._users[label, value] -= 1
        if self._users[label, value] <= 0:
            del self._users[label, value]
            self._metrics.forget_series(label, value)
