"""Joins what is to be handed on into few requests."""

from collections import deque

from otel_agent.pdata import kernel

FULL_SPANS = 8192
FULL_BYTES = 4 * 1024 * 1024
"""Spans or bytes from which on a request is handed on; it is larger by one trace at most."""


class Release:
    """Requests that wait to be handed on, in order; the last may still grow."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._spans = 0
        self._size = 0
        self._full: deque[tuple[bytes, int]] = deque()
        self.bytes = 0
        """Of all that waits."""

    def add(self, request: bytes, spans: int) -> None:
        """Add a request of some spans."""
        self._parts.append(request)
        self._spans += spans
        self._size += len(request)
        self.bytes += len(request)
        if self._spans >= FULL_SPANS or self._size >= FULL_BYTES:
            self._close()

    @property
    def full(self) -> bool:
        """Whether a whole request waits."""
        return bool(self._full)

    def take(self) -> tuple[bytes, int] | None:
        """Take out the next request and its spans, full or not; None when nothing waits."""
        if not self._full and self._parts:
            self._close()
        if not self._full:
            return None
        data, spans = self._full.popleft()
        self.bytes -= len(data)
        return data, spans

    def _close(self) -> None:
        data = self._parts[0] if len(self._parts) == 1 else kernel.merge(self._parts)
        self._full.append((data, self._spans))
        self._parts, self._spans, self._size = [], 0, 0
