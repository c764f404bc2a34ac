"""Rates that policies allow. Pure: the time is given."""


class TokenBucket:
    """Refills by `rate` a second up to `burst`, full at first."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at: float | None = None

    def take(self, amount: int, now: float) -> bool:
        """Take tokens if there are enough; `now` in seconds, of any monotonic clock."""
        if self._at is not None:
            self._tokens = min(self._burst, self._tokens + max(now - self._at, 0.0) * self._rate)
        self._at = now
        if amount > self._tokens:
            return False
        self._tokens -= amount
        return True


class SecondlyAllowance:
    """Counts what was allowed in the current second; starts again with each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._second: int | None = None
        self._used = 0

    def take(self, amount: int, now: float) -> bool:
        """Count an amount if it still fits into the second of `now`."""
        if self._second != int(now):
            self._second, self._used = int(now), 0
        if self._used + amount > self._most:
            return False
        self._used += amount
        return True
