"""When a request to the API server is tried again, and after how long. Pure.

The `kubernetes` package never retries PATCH and ignores Retry-After unless told otherwise, and then only for reads.
All our verbs are safe to repeat: applies are idempotent, deletes carry a uid, replaces a resource version, and creates
answer 409 when the first try had got through.
"""

from dataclasses import dataclass

NO_ANSWER = 0
"""Status of a request that the server did not answer: refused, reset or timed out."""
_TRANSIENT = frozenset({NO_ANSWER, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounded exponential delays, in seconds."""

    attempts: int = 4
    """How often a request is sent at most."""
    first: float = 0.2
    factor: float = 3.0
    longest: float = 10.0

    def delay(self, attempt: int, status: int, retry_after: str | None, spread: float) -> float | None:
        """Return the pause before the next try, or None to give up.

        `attempt` counts from 1; `retry_after` is the header (whole seconds; dates are ignored); `spread` in [0, 1)
        is the caller's random number, so that clients that failed together do not return together.
        """
        if status not in _TRANSIENT or attempt >= self.attempts:
            return None
        if retry_after is not None and retry_after.strip().isdigit():
            return min(float(retry_after), self.longest) + spread * self.first
        return min(self.first * self.factor ** (attempt - 1), self.longest) * (1.0 + spread)


ONCE = RetryPolicy(attempts=1)
"""For callers with their own deadline and loop, such as leader election."""
