"""Log lines that a thousand pods a second may ask for: the first of a kind at once, then one a period with their number."""

import logging
import time
from collections.abc import Callable

_MOST_KINDS = 1000
_log = logging.getLogger(__name__)


class Seldom:
    """At most one line for each key in `period` seconds."""

    def __init__(self, period: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._period, self._clock = period, clock
        self._next: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def warning(self, key: str, text: str, error: BaseException | None = None) -> bool:
        """Log `text`, with the traceback of `error`, if it is time; tell whether it was."""
        now = self._clock()
        if now < self._next.get(key, 0.0):
            self._held_back[key] = self._held_back.get(key, 0) + 1
            return False
        if len(self._next) >= _MOST_KINDS:
            self._next.clear()
            self._held_back.clear()
        self._next[key] = now + self._period
        more = self._held_back.pop(key, 0)
        _log.warning("%s%s", text, f" (and {more} more like it)" if more else "", exc_info=error)
        return True
