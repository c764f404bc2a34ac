"""How long a failed key waits: exponential per key, and a token bucket for what may come in bursts. Pure but for the clock."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Backoff(Generic[K]):
    """Per-key delays that double from `first` to `longest` seconds; `forget` starts a key over."""

    def __init__(self, first: float = 0.5, longest: float = 300.0) -> None:
        self._first, self._longest = first, longest
        self._failures: dict[K, int] = {}

    def next(self, key: K) -> float:
        """Count a failure and return the delay before the next try."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        # The exponent is bounded so that a key which fails for days does not overflow.
        return min(self._first * 2.0 ** min(failures, 32), self._longest)

    def forget(self, key: K) -> None:
        """Forget the failures of a key that succeeded or is gone."""
        self._failures.pop(key, None)

    def failures(self, key: K) -> int:
        """How often the key has failed in a row."""
        return self._failures.get(key, 0)


class TokenBucket:
    """At most `burst` at once and `rate` a second on average."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, float(burst), clock
        self._tokens, self._at = float(burst), clock()

    def reserve(self) -> float:
        """Take a token, going into debt if there is none, and return the seconds until it is due."""
        self._refill()
        self._tokens -= 1.0
        return max(0.0, -self._tokens / self._rate)

    def take(self) -> float:
        """Take a token and return 0, or the seconds until there will be one."""
        self._refill()
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._rate
        self._tokens -= 1.0
        return 0.0

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
