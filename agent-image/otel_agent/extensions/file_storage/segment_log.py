"""A map of keys to bytes in an append-only log of numbered files (segments), with an index in memory.

Files are removed oldest first and only so: the record that deletes a key must outlive the one that set it. What still lives in
the oldest file is written anew at the end when it holds up the space of the dead.
"""

import errno
import logging
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otel_agent.extensions.file_storage.budget import DiskBudget
from otel_agent.extensions.file_storage.records import Damage, Encoded, Entry, encode, scan
from otel_agent.pipeline.storage import Operation, Put, StorageError, StorageFullError

SEGMENT_BYTES = 16 * 1024 * 1024
"""A file that has reached this size gets no further record."""
_MANY_SEGMENTS = 64
"""More files than this, each start of the collector leaving one, are joined when the log is opened."""
_SUFFIX = ".log"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(slots=True)
class _Segment:
    number: int
    size: int = 0
    live_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    segment: _Segment
    offset: int
    length: int


class SegmentLog:
    """One directory. Not for use by several threads, `synchronise` excepted; errors are `StorageError`."""

    def __init__(
        self, directory: Path, budget: DiskBudget, logger: logging.Logger, *, fsync: bool, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._directory = directory
        self._budget = budget
        self._logger = logger
        self._fsync = fsync
        self._segment_bytes = segment_bytes
        self._index: dict[str, _Place] = {}
        self._segments: OrderedDict[int, _Segment] = OrderedDict()
        self._active: _Segment | None = None
        self._file = -1
        self._read_file = (-1, -1)
        """Number of the segment that was read last, and its descriptor: a queue reads one file after the other."""

    def load(self) -> None:
        """Read all files. Damaged records are logged and counted, the others kept."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            numbers = sorted(int(path.stem) for path in self._directory.glob(f"*{_SUFFIX}") if path.stem.isdecimal())
            for number in numbers:
                self._load_segment(number)
            while len(self._segments) > max(_MANY_SEGMENTS, 2 * self.live_bytes // self._segment_bytes):
                self._rewrite_oldest()
            self._drop_dead()
        except OSError as error:
            raise _storage_error(error) from error

    @property
    def live_bytes(self) -> int:
        """Bytes of all values."""
        return sum(segment.live_bytes for segment in self._segments.values())

    @property
    def disk_bytes(self) -> int:
        """Bytes of all files."""
        return sum(segment.size for segment in self._segments.values())

    def keys(self) -> list[str]:
        """All keys."""
        return list(self._index)

    def get(self, key: str) -> bytes | None:
        """Return the value of a key."""
        place = self._index.get(key)
        if place is None:
            return None
        try:
            data = os.pread(self._descriptor(place.segment), place.length, place.offset)
        except OSError as error:
            raise _storage_error(error) from error
        if len(data) != place.length:
            raise StorageError(f"{self._path(place.segment.number)} ends before the value of {key}")
        return data

    def apply(self, operations: Sequence[Operation]) -> None:
        """Write one record and do what it says; `StorageFullError` leaves everything as it was."""
        try:
            record = encode(operations)
        except ValueError as error:
            raise StorageError(str(error)) from error
        if any(isinstance(operation, Put) for operation in operations):
            self._budget.admit(record.size)
        try:
            self._append(record)
        except OSError as error:
            raise _storage_error(error) from error
        self._drop_dead()
        self._rewrite_if_worth()

    def duplicate_descriptor(self) -> int | None:
        """Return a descriptor of the file being written, for `os.fdatasync` in a thread; the caller closes it."""
        return os.dup(self._file) if self._file >= 0 else None

    def compact(self) -> None:
        """Write everything that lives anew and remove the old files."""
        try:
            for number in list(self._segments):
                if number in self._segments:
                    self._rewrite_oldest()
            self._drop_dead()
        except OSError as error:
            raise _storage_error(error) from error

    def close(self) -> None:
        """Close the files. Idempotent."""
        if self._file >= 0 and self._fsync:
            os.fdatasync(self._file)
        for descriptor in (self._file, self._read_file[1]):
            if descriptor >= 0:
                os.close(descriptor)
        self._file, self._read_file, self._active = -1, (-1, -1), None

    def _append(self, record: Encoded) -> None:
        segment = self._active
        if segment is None or segment.size >= self._segment_bytes:
            segment = self._roll()
        try:
            written = os.writev(self._file, record.pieces)
            if written < record.size:  # a full disk, or a signal: the rest in one piece
                rest = memoryview(b"".join(record.pieces))
                while written < record.size:
                    written += os.write(self._file, rest[written:])
        except OSError:
            os.ftruncate(self._file, segment.size)
            raise
        self._note(segment, [(entry, segment.size) for entry in record.entries])
        segment.size += record.size
        self._budget.used += record.size

    def _note(self, segment: _Segment, entries: list[tuple[Entry, int]]) -> None:
        """Bring the index up to date; each entry with what to add to its offset."""
        for entry, base in entries:
            before = self._index.pop(entry.key, None)
            if before is not None:
                before.segment.live_bytes -= before.length + len(entry.key)
            if entry.offset is not None:
                self._index[entry.key] = _Place(segment, base + entry.offset, entry.length)
                segment.live_bytes += entry.length + len(entry.key)

    def _roll(self) -> _Segment:
        """Go on in a new file."""
        number = next(reversed(self._segments), 0) + 1
        file = os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if self._fsync:
            self._synchronise_directory()
        if self._file >= 0:
            if self._fsync:
                os.fdatasync(self._file)
            os.close(self._file)
        self._file = file
        self._active = self._segments[number] = _Segment(number)
        return self._active

    def _drop_dead(self) -> None:
        """Remove the oldest files as long as nothing lives in them."""
        while self._segments:
            oldest = next(iter(self._segments.values()))
            if oldest.live_bytes or oldest is self._active:
                return
            self._remove(oldest)

    def _rewrite_if_worth(self) -> None:
        if len(self._segments) > 2 and self.disk_bytes > 2 * (self.live_bytes + self._segment_bytes):
            try:
                self._rewrite_oldest()
            except OSError as error:
                self._logger.warning("Storage could not be compacted", extra={"error": str(error)})

    def _rewrite_oldest(self) -> None:
        oldest = next(iter(self._segments.values()))
        if oldest is self._active:
            self._roll()
        for key in [key for key, place in self._index.items() if place.segment is oldest]:
            value = self.get(key)
            assert value is not None
            self._append(encode([Put(key, value)]))
        self._remove(oldest)

    def _remove(self, segment: _Segment) -> None:
        if self._fsync and self._file >= 0:
            os.fdatasync(self._file)  # what took the place of the removed must be there before the old is gone
        if self._read_file[0] == segment.number:
            os.close(self._read_file[1])
            self._read_file = (-1, -1)
        self._path(segment.number).unlink(missing_ok=True)
        del self._segments[segment.number]
        self._budget.used -= segment.size

    def _load_segment(self, number: int) -> None:
        data = self._path(number).read_bytes()
        segment = self._segments[number] = _Segment(number, len(data))
        self._budget.used += len(data)
        for found in scan(data):
            if not isinstance(found, Damage):
                self._note(segment, [(entry, 0) for entry in found])
                continue
            extra = {"file": str(self._path(number)), "offset": found.offset, "bytes": found.length}
            if found.unfinished:
                self._logger.info("Storage holds a record whose writing was cut short, it is left out", extra=extra)
            else:
                self._budget.damaged.add(found.length)
                self._logger.error("Storage is damaged, the records there are lost", extra=extra)

    def _descriptor(self, segment: _Segment) -> int:
        number, descriptor = self._read_file
        if number != segment.number:
            if descriptor >= 0:
                os.close(descriptor)
                self._read_file = (-1, -1)
            descriptor = os.open(self._path(segment.number), os.O_RDONLY | os.O_CLOEXEC)
            self._read_file = (segment.number, descriptor)
        return descriptor

    def _synchronise_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:016d}{_SUFFIX}"


def _storage_error(error: OSError) -> StorageError:
    text = f"{error.filename or 'file'}: {error.strerror or error}"
    return StorageFullError(text) if error.errno in _NO_ROOM else StorageError(text)
