"""A buffered file that is put aside under a dated name when it has grown too large."""

import re
from datetime import UTC, datetime, timedelta
from io import BufferedWriter, FileIO
from pathlib import Path

from otel_agent.exporters.file.config import RotationConfig

_BUFFER_BYTES = 1024 * 1024
_STAMP = "%Y-%m-%dT%H-%M-%S"
_STAMP_PATTERN = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(-\d+)?"


class RotatingFile:
    """Open from construction to `close`; OSError from any method that touches the disk."""

    def __init__(self, path: Path, *, append: bool, rotation: RotationConfig | None) -> None:
        self._path = path
        self._rotation = rotation
        self._backup_name = re.compile(rf"{re.escape(path.stem)}-{_STAMP_PATTERN}{re.escape(path.suffix)}")
        self._file = self._open("a" if append or rotation is not None else "w")
        self._size = self._file.tell()

    def write(self, data: bytes) -> None:
        """Write one message; a message is never divided between files."""
        limit = self._rotation.max_megabytes * 1024 * 1024 if self._rotation else 0
        if limit and self._size and self._size + len(data) > limit:
            self._rotate()
        self._file.write(data)
        self._size += len(data)

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Flush and close. Idempotent."""
        self._file.close()

    def _open(self, mode: str) -> BufferedWriter:
        return BufferedWriter(FileIO(self._path, mode), _BUFFER_BYTES)

    def _rotate(self) -> None:
        assert self._rotation is not None
        self._file.close()
        now = datetime.now() if self._rotation.localtime else datetime.now(UTC)
        stamp = f"{now.strftime(_STAMP)}.{now.microsecond // 1000:03d}"
        backup = self._path.with_name(f"{self._path.stem}-{stamp}{self._path.suffix}")
        number = 0
        while backup.exists():
            number += 1
            backup = self._path.with_name(f"{self._path.stem}-{stamp}-{number}{self._path.suffix}")
        self._path.rename(backup)
        self._file = self._open("w")
        self._size = 0
        for old in expired(self._backups(), self._rotation, datetime.now(UTC)):
            old.unlink(missing_ok=True)

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
