"""Locks on directories that only one process may use; they end with the process."""

import asyncio
import fcntl
import os
import time
from pathlib import Path

_FILE = ".lock"
_RETRY_SECONDS = 0.05


class DirectoryLock:
    """Held from the moment that one of the `take` functions returns it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have the directory. Idempotent."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


async def take(directory: Path, seconds: float) -> DirectoryLock | None:
    """Lock an existing directory, waiting so long for another process to release it; None when it does not. OSError."""
    return await asyncio.to_thread(take_blocking, directory, seconds)


def take_blocking(directory: Path, seconds: float) -> DirectoryLock | None:
    """Do the same outside of the event loop."""
    deadline = time.monotonic() + seconds
    lock = DirectoryLock(descriptor := os.open(directory / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                lock.release()
                return None
            time.sleep(_RETRY_SECONDS)
        except OSError:
            lock.release()
            raise
        else:
            return lock


def remove_unlocked(directory: Path) -> None:
    """Remove a directory in which nothing but the lock is left; anything else leaves it."""
    try:
        if [entry.name for entry in directory.iterdir()] == [_FILE]:
            (directory / _FILE).unlink()
            directory.rmdir()
    except OSError:
        return  # a leftover folder does no harm
