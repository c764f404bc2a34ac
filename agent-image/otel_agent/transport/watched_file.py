"""A small file with a secret that may be replaced while the collector runs, as Kubernetes replaces those of a Secret."""

import logging
import os
import time
from pathlib import Path

from otel_agent.pipeline.errors import StartError

_MAX_BYTES = 1024 * 1024
_COMPLAIN_SECONDS = 60.0


class WatchedFile:
    """Its text without surrounding white space. Read at once, and again when its time, size or inode change."""

    def __init__(self, key: str, path: str, logger: logging.Logger) -> None:
        """`key` is the configuration key, for messages. `StartError` when the file cannot be read."""
        self._key = key
        self._path = Path(path)
        self._logger = logger
        self._complained = -_COMPLAIN_SECONDS
        try:
            self._seen = self._state()
            self._text = self._read()
        except (OSError, ValueError) as error:
            raise StartError(f"{key}: {path}: {_reason(error)}") from error

    @property
    def text(self) -> str:
        """What the file holds now; while it cannot be read, what it held before."""
        try:
            state = self._state()
            if state != self._seen:
                self._text = self._read()
                self._seen = state
        except (OSError, ValueError) as error:
            self._complain(_reason(error))
        return self._text

    def _state(self) -> tuple[int, int, int]:
        status = os.stat(self._path)
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> str:
        with self._path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ValueError(f"has more than {_MAX_BYTES} bytes")
        return data.decode().strip()

    def _complain(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._complained >= _COMPLAIN_SECONDS:
            self._complained = now
            extra = {"key": self._key, "file": str(self._path), "error": reason}
            self._logger.error("File could not be read again, what it held before stays in use", extra=extra)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
