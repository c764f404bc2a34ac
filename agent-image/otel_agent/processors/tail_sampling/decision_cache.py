"""Remembers decisions of traces that have left memory: the least recently asked for is forgotten first."""

from collections import OrderedDict


class DecisionCache:
    """Reasons by trace, at most `size`. A trace is known by the last eight bytes of its id, which are the random ones."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._reasons: OrderedDict[int, str] = OrderedDict()

    def get(self, trace_id: bytes) -> str | None:
        """Return the policy that was the reason, "" if none was; None for a trace that is not known."""
        if not self._reasons:
            return None
        key = _key(trace_id)
        reason = self._reasons.get(key)
        if reason is not None:
            self._reasons.move_to_end(key)
        return reason

    def put(self, trace_id: bytes, reason: str) -> bool:
        """Remember a trace; False when the cache has no size."""
        if not self._size:
            return False
        key = _key(trace_id)
        self._reasons[key] = reason
        self._reasons.move_to_end(key)
        if len(self._reasons) > self._size:
            self._reasons.popitem(last=False)
        return True


def _key(trace_id: bytes) -> int:
    return int.from_bytes(trace_id[8:16], "little")
