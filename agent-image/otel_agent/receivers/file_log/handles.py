"""Open files, at most so many at a time: the one longest unused is closed for another."""

import os
from collections import OrderedDict

from otel_agent.receivers.file_log.sources import GzipSource, PlainSource, open_source
from otel_agent.receivers.file_log.tracked import TrackedFile

_ROTATED_SHARE = 2
"""Rotated files, which cannot be opened again, may take one handle in this many before they lose theirs, too."""


class Handles:
    """Opens and closes the files that are tracked."""

    def __init__(self, limit: int, compression: str, *, lock: bool) -> None:
        self._limit = limit
        self._compression = compression
        self._lock = lock
        self._open: OrderedDict[int, TrackedFile] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def use(self, file: TrackedFile) -> PlainSource | GzipSource:
        """Return the open file. OSError, `FileLocked`; FileNotFoundError also when its path shows another file by now."""
        if file.source is None:
            source, inode = self.open(file.path)
            if inode != file.inode:
                source.close()
                raise FileNotFoundError(2, "another file has taken its place", file.path)
            self.keep(file, source)
        self._open.move_to_end(id(file))
        assert file.source is not None
        return file.source

    def open(self, path: str) -> tuple[PlainSource | GzipSource, tuple[int, int]]:
        """Open a path without keeping it; returns its inode as well."""
        source, descriptor = open_source(path, self._compression, lock=self._lock)
        status = os.fstat(descriptor)
        return source, (status.st_dev, status.st_ino)

    def keep(self, file: TrackedFile, source: PlainSource | GzipSource) -> None:
        """Give a file its open source, closing the one longest unused where there are too many."""
        file.source = source
        self._open[id(file)] = file
        if len(self._open) > self._limit:
            self.close(self._oldest())

    def _oldest(self) -> TrackedFile:
        oldest = next(iter(self._open.values()))
        if not oldest.lost_polls:
            return oldest
        rotated = sum(1 for file in self._open.values() if file.lost_polls)
        spare = rotated * _ROTATED_SHARE <= self._limit
        return next((file for file in self._open.values() if not (spare and file.lost_polls)), oldest)

    def close(self, file: TrackedFile) -> None:
        """Close a file. Idempotent."""
        self._open.pop(id(file), None)
        source, file.source = file.source, None
        if source is not None:
            source.close()

    def close_all(self) -> None:
        """Close every file."""
        for file in list(self._open.values()):
            self.close(file)
