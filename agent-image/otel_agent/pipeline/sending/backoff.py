"""How long to wait between attempts: exponential with jitter, and never less than the peer asked for. Pure."""

import random
from collections.abc import Callable

from otel_agent.config.blocks.exporter_queue import RetryConfig

Uniform = Callable[[float, float], float]
"""Draws a number between two; `random.uniform`, or a fixed one in tests."""


class Backoff:
    """Waits of one request, from its first failure on."""

    def __init__(self, config: RetryConfig, uniform: Uniform = random.uniform) -> None:
        self._config = config
        self._uniform = uniform
        self._interval = config.initial_interval

    def next_wait(self, elapsed: float, retry_after: float | None = None) -> float | None:
        """Seconds until the next attempt; None when that attempt would come later than `max_elapsed_time`.

        `elapsed` is the time since the first attempt began, `retry_after` what the peer asked for.
        """
        config = self._config
        spread = self._interval * config.randomization_factor
        wait = self._uniform(self._interval - spread, self._interval + spread) if spread else self._interval
        self._interval = min(self._interval * config.multiplier, config.max_interval)
        wait = max(wait, retry_after or 0.0)
        if config.max_elapsed_time > 0 and elapsed + wait > config.max_elapsed_time:
            return None
        return wait
