"""Remembers the files that a configuration was read from and says when one of them holds something else.

Told by what `stat` says, and only when that changes by the content, so that looking costs a system call a file. A mounted
ConfigMap is updated by turning a symbolic link to a new folder; `stat` follows it and finds another inode.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from otel_agent.config.yaml_document import MAX_TEXT

Signature = tuple[int, int, int, int]
_ABSENT = b""
"""Digest of a file that cannot be read."""


@dataclass(slots=True)
class _Seen:
    signature: Signature | None
    digest: bytes
    round: int


class WatchedFiles:
    """`read` is the provider of the `file` scheme; call `commit` after each successful load and `accept` after a failed one.

    Not for use in several threads at once: a load and a look must take turns.
    """

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._files: dict[str, _Seen] = {}
        self._round = 0

    def read(self, location: str) -> str:
        """Text of a file, which is watched from now on, even if it cannot be read; errors are those of the provider."""
        path = os.path.abspath(location)
        # Before reading: a write in between then looks like a change, and never goes unnoticed.
        signature = _signature(path)
        try:
            text = self._read(location)
        except (OSError, ValueError):
            self._files[path] = _Seen(signature, _ABSENT, self._round)
            raise
        self._files[path] = _Seen(signature, hashlib.sha256(text.encode()).digest(), self._round)
        return text

    @property
    def paths(self) -> list[str]:
        """The watched files, absolute."""
        return list(self._files)

    def changed(self) -> list[str]:
        """Return the files that hold something else than when they were read."""
        found = []
        for path, seen in self._files.items():
            signature = _signature(path)
            if signature == seen.signature:
                continue
            if _digest(path) == seen.digest:
                seen.signature = signature
            else:
                found.append(path)
        return found

    def fingerprint(self) -> list[Signature | None]:
        """Return what `stat` says of all files, to tell whether they are still being written."""
        return [_signature(path) for path in self._files]

    def commit(self) -> None:
        """Stop watching what the last load no longer read."""
        self._files = {path: seen for path, seen in self._files.items() if seen.round == self._round}
        self._round += 1

    def accept(self) -> None:
        """Take the files as they are for known, so that a load that failed is tried again only when one changes again.

        Files that the failed load read stay as it read them.
        """
        for path, seen in self._files.items():
            if seen.round != self._round:
                seen.signature, seen.digest = _signature(path), _digest(path)
        self._round += 1


def _signature(path: str) -> Signature | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _digest(path: str) -> bytes:
    """Digest of a file's content; longer ones than a configuration may be count up to there."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(MAX_TEXT + 1)).digest()
    except OSError:
        return _ABSENT
