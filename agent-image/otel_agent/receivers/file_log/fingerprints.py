"""Finds what is known of a file by how it begins. Pure.

A file is known when its first bytes begin with the fingerprint that is remembered of one; a fingerprint is shorter than its
full size while the file is, and grows with it.
"""

from collections import Counter
from typing import Generic, Protocol, TypeVar


class HasFingerprint(Protocol):
    """What an index holds."""

    @property
    def fingerprint(self) -> bytes:
        """How the file begins."""
        ...


T = TypeVar("T", bound=HasFingerprint)


class FingerprintIndex(Generic[T]):
    """Things by fingerprint; the longest one that fits is found."""

    def __init__(self) -> None:
        self._by_print: dict[bytes, T] = {}
        self._lengths: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._by_print)

    def add(self, item: T) -> None:
        """Remember; a later one replaces an earlier one with the same fingerprint."""
        if item.fingerprint not in self._by_print:
            self._lengths[len(item.fingerprint)] += 1
        self._by_print[item.fingerprint] = item

    def find(self, beginning: bytes) -> T | None:
        """Return what fits the beginning of a file."""
        for length in sorted(self._lengths, reverse=True):
            if length <= len(beginning):
                found = self._by_print.get(beginning[:length])
                if found is not None:
                    return found
        return None

    def remove(self, item: T) -> None:
        """Forget; nothing happens when it is not there."""
        if self._by_print.get(item.fingerprint) is item:
            del self._by_print[item.fingerprint]
            self._lengths[len(item.fingerprint)] -= 1
            if not self._lengths[len(item.fingerprint)]:
                del self._lengths[len(item.fingerprint)]
