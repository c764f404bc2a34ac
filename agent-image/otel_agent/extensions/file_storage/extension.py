"""The file_storage extension: a locked directory with one log for each component and signal."""

import asyncio
import fcntl
import logging
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.extensions.file_storage.budget import DiskBudget
from otel_agent.extensions.file_storage.client import LogClient
from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.segment_log import SEGMENT_BYTES, SegmentLog
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.storage import StorageClient, StorageError

_LOCK = ".lock"
_LOCK_RETRY_SECONDS = 0.05
_LEAST_SEGMENTS = 8
"""The file being written is never removed, dead or not, so it must be a small part of a small limit."""


class FileStorage:
    """A `Storage`."""

    def __init__(self, config: FileStorageConfig, context: BuildContext) -> None:
        self._config = config
        self._directory = Path(config.directory)
        self._logger: logging.Logger = context.logger
        self._metrics = context.metrics
        self._labels = {"extension": str(context.id)}
        count = context.metrics.counter
        self._budget = DiskBudget(
            config.max_bytes,
            refused=count("file_storage_refused_writes", "Writes refused because of max_size_mib.", self._labels),
            damaged=count("file_storage_damaged_bytes", "Bytes of records that could not be read.", self._labels, unit="By"),
        )
        self._lock = -1
        self._clients: dict[str, LogClient] = {}

    async def start(self, host: Host) -> None:
        """Take the directory; `StartError` when it is missing, not writable or used by another collector."""
        try:
            if self._config.create_directory:
                self._directory.mkdir(mode=self._config.mode, parents=True, exist_ok=True)
            elif not self._directory.is_dir():
                raise StartError(f"directory must exist: {self._directory}; create it or set create_directory: true")
            self._lock = os.open(self._directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartError(f"directory {self._directory}: {error.strerror or error}") from error
        await self._take_lock()
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
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)

    async def storage_client(self, kind: ComponentKind, component: ComponentId, part: str) -> StorageClient:
        """Open a component's log, reading it in a thread."""
        name = ".".join(quote(piece, safe="") for piece in (str(kind), str(component), part) if piece)
        if self._lock < 0:
            raise StorageError("the storage is not running")
        if name in self._clients:
            raise StorageError(f"{name} is already open")
        log = await asyncio.to_thread(self._open, name)
        client = LogClient(log, fsync=self._config.fsync, on_close=lambda: self._closed(name, log))
        self._clients[name] = client
        return client

    def _closed(self, name: str, log: SegmentLog) -> None:
        del self._clients[name]
        self._budget.used -= log.disk_bytes

    def _open(self, name: str) -> SegmentLog:
        try:
            return self._load(name)
        except StorageError:
            if not self._config.recreate:
                raise
            self._logger.exception("Storage of a component cannot be read, beginning with an empty one", extra={"name_": name})
            shutil.rmtree(self._directory / name, ignore_errors=True)
            return self._load(name)

    def _load(self, name: str) -> SegmentLog:
        limit = self._config.max_bytes
        segment_bytes = min(SEGMENT_BYTES, limit // _LEAST_SEGMENTS) if limit else SEGMENT_BYTES
        log = SegmentLog(
            self._directory / name, self._budget, self._logger, fsync=self._config.fsync, segment_bytes=segment_bytes
        )
        log.load()
        if self._config.compaction.on_start:
            log.compact()
        return log

    async def _take_lock(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._config.timeout
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if loop.time() >= deadline:
                    raise StartError(
                        f"directory {self._directory} is used by another collector or file_storage extension: "
                        "give each its own directory"
                    ) from None
                await asyncio.sleep(_LOCK_RETRY_SECONDS)
            else:
                return
