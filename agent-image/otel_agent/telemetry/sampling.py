"""Thins out repeated log lines: of equal ones the first few in each tick pass, then every so-manyth."""

import logging
import time
from collections.abc import Callable, Hashable

_MAX_KEYS = 4096
"""Counters kept at once; when full they start over, which lets more lines through, never fewer."""


class Sampler:
    """Counts by key in ticks of fixed length."""

    def __init__(self, initial: int, thereafter: int, tick: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._initial = initial
        self._thereafter = thereafter
        self._tick = tick
        self._clock = clock
        self._seen: dict[Hashable, tuple[float, int]] = {}

    def admit(self, key: Hashable) -> bool:
        """Whether this occurrence passes: the first `initial` of a tick, then every `thereafter`th (0: none)."""
        now = self._clock()
        began, seen = self._seen.get(key, (now, 0))
        if now - began >= self._tick:
            began, seen = now, 0
        if len(self._seen) >= _MAX_KEYS and key not in self._seen:
            self._seen.clear()
        self._seen[key] = (began, seen + 1)
        if seen < self._initial:
            return True
        return self._thereafter > 0 and (seen - self._initial + 1) % self._thereafter == 0


class SamplingFilter(logging.Filter):
    """A sampler over (level, message template)."""

    def __init__(self, sampler: Sampler) -> None:
        super().__init__()
        self._sampler = sampler

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is written."""
        return self._sampler.admit((record.levelno, record.msg if isinstance(record.msg, str) else ""))
