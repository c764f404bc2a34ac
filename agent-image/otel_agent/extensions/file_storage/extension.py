"""The file_storage extension: a locked directory with one log for each component and signal."""

import asyncio
import logging
import shutil
from pathlib import Path
from urllib.parse import quote

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.extensions.file_storage.budget import DiskBudget
from otel_agent.extensions.file_storage.client import LogClient
from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.locks import DirectoryLock, remove_unlocked, take, take_blocking
from otel_agent.extensions.file_storage.segment_log import SEGMENT_BYTES, SegmentLog
from otel_agent.extensions.file_storage.worker_directories import abandoned, directory_of, is_nobodys
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.storage import StorageClient, StorageError

_LEAST_SEGMENTS = 8
"""The file being written is never removed, dead or not, so it must be a small part of a small limit."""


class FileStorage:
    """A `Storage`."""

    def __init__(self, config: FileStorageConfig, context: BuildContext) -> None:
        self._config = config
        self._seat = context.seat
        self._base = Path(config.directory)
        self._directory = directory_of(self._base, context.seat.number)
        self._max_bytes = config.max_bytes // context.seat.size
        self._logger: logging.Logger = context.logger
        self._metrics = context.metrics
        self._labels = {"extension": str(context.id)}
        count = context.metrics.counter
        self._budget = DiskBudget(
            self._max_bytes,
            refused=count("file_storage_refused_writes", "Writes refused because of max_size_mib.", self._labels),
            damaged=count("file_storage_damaged_bytes", "Bytes of records that could not be read.", self._labels, unit="By"),
        )
        self._lock: DirectoryLock | None = None
        self._clients: dict[Path, LogClient] = {}

    async def start(self, host: Host) -> None:
        """Take the directory; `StartError` when it is missing, not writable or used by another collector."""
        try:
            if not self._config.create_directory and not self._base.is_dir():
                raise StartError(f"directory must exist: {self._base}; create it or set create_directory: true")
            self._directory.mkdir(mode=self._config.mode, parents=True, exist_ok=True)
            self._lock = await take(self._directory, self._config.timeout)
        except OSError as error:
            raise StartError(f"directory {self._directory}: {error.strerror or error}") from error
        if self._lock is None:
            raise StartError(
                f"directory {self._directory} is used by another collector or file_storage extension: give each its own directory"
            )
        self._metrics.observe(
            "file_storage_size", "Bytes of all files.", self._labels, lambda: float(self._budget.used), unit="By"
        )
        for ignored in ("on_rebound", "cleanup_on_start"):
            if getattr(self._config.compaction, ignored):
                self._logger.info(f"compaction::{ignored} is not needed here, the files compact themselves")

    async def shutdown(self) -> None:
        """Close what components left open and release the directory. Idempotent."""
        for client in list(self._clients.values()):
            await client.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    async def storage_client(self, kind: ComponentKind, component: ComponentId, part: str) -> StorageClient:
        """Open a component's log, reading it in a thread."""
        return await self._client(self._directory, _name(kind, component, part))

    async def inherited_clients(self, kind: ComponentKind, component: ComponentId, part: str) -> list[StorageClient]:
        """Open the logs of a component that workers which no longer run it have left; only the first worker gets any."""
        name = _name(kind, component, part)
        left = [path for path in abandoned(self._base, self._seat, kind, component, part) if (path / name).is_dir()]
        if left:
            self._logger.info("Taking over what other workers have stored", extra={"directories": [path.name for path in left]})
        return [await self._client(path, name) for path in left]

    async def _client(self, directory: Path, name: str) -> StorageClient:
        path = directory / name
        if self._lock is None:
            raise StorageError("the storage is not running")
        if path in self._clients:
            raise StorageError(f"{name} is already open")
        lock = await asyncio.to_thread(_locked, path, self._config.timeout)
        try:
            log = await asyncio.to_thread(self._open, path)
        except StorageError:
            lock.release()
            raise
        client = LogClient(log, fsync=self._config.fsync, on_close=lambda: self._closed(path, log, lock))
        self._clients[path] = client
        return client

    def _closed(self, path: Path, log: SegmentLog, lock: DirectoryLock) -> None:
        del self._clients[path]
        self._budget.used -= log.disk_bytes
        if path.parent != self._directory and not log.keys():
            shutil.rmtree(path, ignore_errors=True)
            if is_nobodys(path.parent, self._seat):
                remove_unlocked(path.parent)
        lock.release()

    def _open(self, path: Path) -> SegmentLog:
        try:
            return self._load(path)
        except StorageError:
            if not self._config.recreate:
                raise
            self._logger.exception(
                "Storage of a component cannot be read, beginning with an empty one", extra={"name_": path.name}
            )
            for file in path.iterdir():  # the lock stays
                if file.suffix:
                    file.unlink(missing_ok=True)
            return self._load(path)

    def _load(self, path: Path) -> SegmentLog:
        segment_bytes = min(SEGMENT_BYTES, self._max_bytes // _LEAST_SEGMENTS) if self._max_bytes else SEGMENT_BYTES
        log = SegmentLog(path, self._budget, self._logger, fsync=self._config.fsync, segment_bytes=segment_bytes)
        log.load()
        if self._config.compaction.on_start:
            log.compact()
        return log


def _name(kind: ComponentKind, component: ComponentId, part: str) -> str:
    return ".".join(quote(piece, safe="") for piece in (str(kind), str(component), part) if piece)


def _locked(path: Path, seconds: float) -> DirectoryLock:
    """Lock a log's directory: one that another worker has left may be in use for a moment yet."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = take_blocking(path, seconds)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error
    if lock is None:
        raise StorageError(f"{path} is used by another collector")
    return lock
