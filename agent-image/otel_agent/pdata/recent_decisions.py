"""Remembers decisions of traces that have left memory: the least recently asked for is forgotten first."""

from collections import OrderedDict


class RecentDecisions:
    """Numbers of policies by trace, at most `size`. A trace is known by the last eight bytes of its id, the random ones."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._policies: OrderedDict[int, int] = OrderedDict()

    def get(self, trace_id: bytes) -> int | None:
        """Return the policy that was the reason, negative if none was; None for a trace that is not known."""
        key = _key(trace_id)
        policy = self._policies.get(key)
        if policy is not None:
            self._policies.move_to_end(key)
        return policy

    def put(self, trace_id: bytes, policy: int) -> bool:
        """Remember a trace; False when there is no room for any."""
        if not self._size:
            return False
        key = _key(trace_id)
        self._policies[key] = policy
        self._policies.move_to_end(key)
        if len(self._policies) > self._size:
            self._policies.popitem(last=False)
        return True


def _key(trace_id: bytes) -> int:
    return int.from_bytes(trace_id[8:16], "little")
