"""Which files are known: those that are there, and positions in those that were there lately or in an earlier run."""

from collections.abc import Iterable

from otel_agent.pipeline.storage import Delete, Operation, Put
from otel_agent.receivers.file_log.fingerprints import FingerprintIndex
from otel_agent.receivers.file_log.tracked import Inode, Position, TrackedFile

GENERATIONS = 3
"""Polls for which the position in a file that is not seen is remembered."""


class KnownFiles:
    """Files by inode, and by fingerprint."""

    def __init__(self, remembered: Iterable[Position], archived_polls: int) -> None:
        self.by_inode: dict[Inode, TrackedFile] = {}
        self._live: FingerprintIndex[TrackedFile] = FingerprintIndex()
        self._remembered: FingerprintIndex[Position] = FingerprintIndex()
        self._positions: dict[str, Position] = {}
        self._most_unseen = GENERATIONS + archived_polls
        self._deleted: set[str] = set()
        self._touched: dict[str, Position] = {}
        self._next_key = 0
        for position in remembered:
            self._remember(position)
            self._next_key = max(self._next_key, _number(position.key) + 1)

    @property
    def files(self) -> Iterable[TrackedFile]:
        """All files that are tracked."""
        return self.by_inode.values()

    def new_position(self, fingerprint: bytes, offset: int) -> Position:
        """Return the position of a file that is not known."""
        key = f"file.{self._next_key}"
        self._next_key += 1
        return Position(key, fingerprint, offset)

    def add(self, file: TrackedFile) -> None:
        """Track a file."""
        self.by_inode[file.inode] = file
        self._live.add(file)
        self.touch(file.position)

    def forget(self, file: TrackedFile, *, remember: bool) -> None:
        """No longer track a file; its position is remembered for a while, or not."""
        if self.tracks(file):
            del self.by_inode[file.inode]
        self._live.remove(file)
        if remember:
            self._remember(file.position)
        else:
            self._drop(file.position)

    def tracks(self, file: TrackedFile) -> bool:
        """Whether a file has not been forgotten."""
        return self.by_inode.get(file.inode) is file

    def live_like(self, beginning: bytes) -> TrackedFile | None:
        """Return a tracked file that begins as this."""
        return self._live.find(beginning)

    def take_remembered(self, beginning: bytes) -> Position | None:
        """Return, and no longer remember, the position in a file that begins as this."""
        found = self._remembered.find(beginning)
        if found is not None:
            self._remembered.remove(found)
            del self._positions[found.key]
            found.unseen_polls = 0
        return found

    def grow(self, file: TrackedFile, fingerprint: bytes) -> None:
        """Note that a file has become long enough for a longer fingerprint."""
        self._live.remove(file)
        file.position.fingerprint = fingerprint
        file.position.changed = True
        self._live.add(file)
        self.touch(file.position)

    def touch(self, position: Position) -> None:
        """Let a position be written with the next operations."""
        self._touched[position.key] = position

    def age(self) -> None:
        """Note that a poll is over: positions not seen for too long are forgotten."""
        for position in list(self._positions.values()):
            position.unseen_polls += 1
            if position.unseen_polls > self._most_unseen:
                self._remembered.remove(position)
                del self._positions[position.key]
                self._drop(position)

    def operations(self) -> list[Operation]:
        """Return, once, what has to be done for the storage to have what is known now."""
        puts = [Put(key, position.stored()) for key, position in self._touched.items() if position.changed]
        for position in self._touched.values():
            position.changed = False
        deletes = [Delete(key) for key in self._deleted if key not in self._touched]
        # What an operator keeps of a file may be passed on without the file being read again.
        self._touched = {key: position for key, position in self._touched.items() if position.held}
        self._deleted = set()
        return [*puts, *deletes]

    def _remember(self, position: Position) -> None:
        replaced = self._remembered.find(position.fingerprint)
        if replaced is not None and replaced.fingerprint == position.fingerprint and replaced is not position:
            self._remembered.remove(replaced)
            self._positions.pop(replaced.key, None)
            self._drop(replaced)
        position.unseen_polls = 0
        self._remembered.add(position)
        self._positions[position.key] = position

    def _drop(self, position: Position) -> None:
        self._touched.pop(position.key, None)
        self._deleted.add(position.key)


def _number(key: str) -> int:
    digits = key.removeprefix("file.")
    return int(digits) if digits.isdigit() and len(digits) < 19 else -1
