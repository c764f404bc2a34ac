"""A buffered file that is put aside under a dated name when it has grown too large."""

import contextlib
import os
import re
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

from otel_agent.exporters.file.config import RotationConfig

_BUFFER_BYTES = 1024 * 1024
_STAMP = "%Y-%m-%dT%H-%M-%S"
_STAMP_PATTERN = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(-\d+)?"


class RotatingFile:
    """Open from construction to `close`; OSError from any method that touches the disk.

    A message whose `write` fails is in the file neither whole nor in part, so that the sender may try it again; one whose
    `write` returned is kept until the disk takes it.
    """

    def __init__(self, path: Path, *, append: bool, rotation: RotationConfig | None) -> None:
        self._path = path
        self._rotation = rotation
        self._backup_name = re.compile(rf"{re.escape(path.stem)}-{_STAMP_PATTERN}{re.escape(path.suffix)}")
        self._file = FileIO(str(path), "a" if append or rotation is not None else "w")
        self._size = os.fstat(self._file.fileno()).st_size
        self._buffer = bytearray()

    def write(self, data: bytes, *, through: bool = False) -> None:
        """Take one message, and with `through` hand it to the operating system; it is never divided between files."""
        limit = self._rotation.max_megabytes * 1024 * 1024 if self._rotation else 0
        if limit and self._size and self._size + len(data) > limit:
            self._rotate()
        through = through or len(data) > _BUFFER_BYTES
        if through or len(self._buffer) + len(data) > _BUFFER_BYTES:
            self.flush()
        if through:
            self._write_whole(data)
        else:
            self._buffer += data
        self._size += len(data)

    @property
    def buffered(self) -> int:
        """Bytes that were taken and are not written yet."""
        return len(self._buffer)

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        while self._buffer:
            del self._buffer[: self._write_some(self._buffer)]

    def close(self) -> None:
        """Flush and close. Idempotent."""
        try:
            self.flush()
        finally:
            self._file.close()

    def _write_whole(self, data: bytes) -> None:
        """Write all of `data`, or take back what was written of it (a pipe keeps it)."""
        written = 0
        try:
            while written < len(data):
                written += self._write_some(memoryview(data)[written:])
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._file.seek(-written, os.SEEK_CUR))
            raise

    def _write_some(self, data: bytearray | memoryview) -> int:
        written = self._file.write(data)
        if written is None:
            raise BlockingIOError(f"{self._path} takes no more data now")
        return written

    def _rotate(self) -> None:
        """Go over to a new file; until that is open, the old one stays in use."""
        assert self._rotation is not None
        self.flush()
        now = datetime.now() if self._rotation.localtime else datetime.now(UTC)
        stamp = f"{now.strftime(_STAMP)}.{now.microsecond // 1000:03d}"
        backup = self._path.with_name(f"{self._path.stem}-{stamp}{self._path.suffix}")
        number = 0
        while backup.exists():
            number += 1
            backup = self._path.with_name(f"{self._path.stem}-{stamp}-{number}{self._path.suffix}")
        with contextlib.suppress(FileNotFoundError):  # somebody else moved it, or opening the new one failed last time
            self._path.rename(backup)
        old, self._file, self._size = self._file, FileIO(str(self._path), "a"), 0
        old.close()
        for outdated in expired(self._backups(), self._rotation, datetime.now(UTC)):
            outdated.unlink(missing_ok=True)

    def _backups(self) -> list[tuple[Path, datetime]]:
        """Backups of this file with the time they were last written, newest first."""
        found = [
            (path, datetime.fromtimestamp(path.stat().st_mtime, UTC))
            for path in self._path.parent.iterdir()
            if self._backup_name.fullmatch(path.name)
        ]
        return sorted(found, key=lambda each: (each[1], each[0].name), reverse=True)


def expired(backups: list[tuple[Path, datetime]], rotation: RotationConfig, now: datetime) -> list[Path]:
    """Choose the backups to delete: those beyond the number and those beyond the age. `backups` is newest first."""
    oldest = now - timedelta(days=rotation.max_days)
    return [
        path
        for index, (path, written) in enumerate(backups)
        if (rotation.max_backups and index >= rotation.max_backups) or (rotation.max_days and written < oldest)
    ]
