"""A component's map in a log, with one `fdatasync` for all that wait for one."""

import asyncio
import os
from collections.abc import Callable, Sequence

from otel_agent.extensions.file_storage.segment_log import SegmentLog
from otel_agent.pipeline.storage import Delete, Operation, Put, StorageError


class LogClient:
    """A `StorageClient`. Writes go to the page cache at once; only `fdatasync` leaves the event loop, for a thread."""

    def __init__(self, log: SegmentLog, *, fsync: bool, on_close: Callable[[], None]) -> None:
        self._log: SegmentLog | None = log
        self._fsync = fsync
        self._on_close = on_close
        self._next: asyncio.Future[None] | None = None
        self._syncing: asyncio.Task[None] | None = None

    def keys(self) -> list[str]:
        """All keys."""
        return self._open_log().keys()

    async def get(self, key: str) -> bytes | None:
        """Return the value; None when there is none."""
        return self._open_log().get(key)

    async def set(self, key: str, value: bytes) -> None:
        """Store one value."""
        await self.batch([Put(key, value)])

    async def delete(self, key: str) -> None:
        """Forget one key."""
        await self.batch([Delete(key)])

    async def batch(self, operations: Sequence[Operation]) -> None:
        """Do all or none; the record is written before the first await."""
        self._open_log().apply(operations)
        if self._fsync and any(isinstance(operation, Put) for operation in operations):
            await self._synchronised()

    async def close(self) -> None:
        """Release the files. Idempotent."""
        log, self._log = self._log, None
        if log is None:
            return
        if self._syncing is not None:
            await asyncio.gather(self._syncing, return_exceptions=True)
        log.close()
        self._on_close()

    def _open_log(self) -> SegmentLog:
        if self._log is None:
            raise StorageError("the storage is closed")
        return self._log

    async def _synchronised(self) -> None:
        """Wait for an fdatasync that begins after now."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        waited = self._next
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.create_task(self._synchronise(self._open_log()))
        await asyncio.shield(waited)

    async def _synchronise(self, log: SegmentLog) -> None:
        while self._next is not None:
            done, self._next = self._next, None
            try:
                descriptor = log.duplicate_descriptor()
                if descriptor is not None:
                    await asyncio.to_thread(_synchronise, descriptor)
            except OSError as error:
                done.set_exception(StorageError(f"fdatasync: {error.strerror or error}"))
                done.exception()  # those who wait may have gone away
            else:
                done.set_result(None)


def _synchronise(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
