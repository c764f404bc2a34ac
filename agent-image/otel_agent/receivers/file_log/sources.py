"""The bytes of one open file, plain or compressed, by position."""

import fcntl
import os
import zlib
from typing import Protocol

_COMPRESSED_BLOCK = 64 * 1024
_GZIP_WINDOW = 31
"""Window size for zlib that makes it expect a gzip header."""
_GZIP_SUFFIX = ".gz"


class CorruptFile(Exception):
    """A compressed file is damaged; what is before the damage has been read."""


class Source(Protocol):
    """An open file."""

    def read(self, position: int, size: int) -> bytes:
        """Return at most `size` bytes from a position; fewer, or none, at the end. OSError, `CorruptFile`."""
        ...

    def close(self) -> None:
        """Release the file. Idempotent."""
        ...


class PlainSource:
    """A file as it is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, position: int, size: int) -> bytes:
        """Read without moving a file offset."""
        return os.pread(self._descriptor, size, position)

    def size(self) -> int:
        """Bytes that there are now."""
        return os.fstat(self._descriptor).st_size

    def forget(self, position: int) -> None:
        """Tell the kernel that nothing before a position will be read again."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._descriptor, 0, position, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """Close."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class GzipSource:
    """Positions are those of the decompressed bytes. Reading goes forward; going back begins anew."""

    def __init__(self, descriptor: int) -> None:
        self._plain = PlainSource(descriptor)
        self._rewind()

    def _rewind(self) -> None:
        self._decompress = zlib.decompressobj(_GZIP_WINDOW)
        self._compressed = 0
        self._waiting = b""
        self._start = 0
        self._kept = b""

    @property
    def fresh(self) -> bool:
        """Whether nothing has been read yet."""
        return not self._compressed

    def read(self, position: int, size: int) -> bytes:
        """Decompress up to what is wanted, holding no more than that and one block."""
        if position < self._start:
            self._rewind()
        while position + size > self._start + len(self._kept):
            more = self._next(size)
            if not more:
                break
            self._kept += more
            surplus = min(position - self._start, len(self._kept))
            if surplus > 0:
                self._kept = self._kept[surplus:]
                self._start += surplus
        begin = position - self._start
        return self._kept[begin : begin + size] if begin >= 0 else b""

    def _next(self, size: int) -> bytes:
        """Return the next decompressed bytes; none at the end of what has been written so far."""
        while True:
            if self._decompress.eof:
                self._waiting = self._decompress.unused_data.lstrip(b"\0")
                self._decompress = zlib.decompressobj(_GZIP_WINDOW)
            if not self._waiting:
                self._waiting = self._plain.read(self._compressed, _COMPRESSED_BLOCK)
                self._compressed += len(self._waiting)
            if not self._waiting:
                return b""
            try:
                found = self._decompress.decompress(self._waiting, size)
            except zlib.error as error:
                raise CorruptFile(str(error)) from error
            self._waiting = self._decompress.unconsumed_tail
            if found:
                return found

    def forget(self, position: int) -> None:
        """Nothing to tell the kernel: positions are not those of the file."""

    def close(self) -> None:
        """Close."""
        self._plain.close()


def is_compressed(path: str, compression: str) -> bool:
    """Whether a file is to be decompressed."""
    return compression == "gzip" or (compression == "auto" and path.endswith(_GZIP_SUFFIX))


class FileLocked(Exception):
    """Another process holds an exclusive lock."""


def open_source(path: str, compression: str, *, lock: bool) -> tuple[PlainSource | GzipSource, int]:
    """Open a file; returns the source and its descriptor. OSError; `FileLocked` when `lock` is asked for and not got."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if lock:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise FileLocked(path) from error
    return (GzipSource(descriptor) if is_compressed(path, compression) else PlainSource(descriptor)), descriptor
