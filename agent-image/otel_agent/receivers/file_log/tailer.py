"""Follows files: one poll after the other, each a number of batches. Everything here blocks, and runs in one thread."""

import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.storage import Operation
from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.emitting import Emitter
from otel_agent.receivers.file_log.file_attributes import file_attributes
from otel_agent.receivers.file_log.handles import Handles
from otel_agent.receivers.file_log.known import KnownFiles
from otel_agent.receivers.file_log.reading import BlockReader
from otel_agent.receivers.file_log.scanning import POLLS_OF_LOST, Scanner
from otel_agent.receivers.file_log.sources import CorruptFile, FileLocked
from otel_agent.receivers.file_log.tracked import Position, TrackedFile
from otel_agent.receivers.file_log.troubles import Troubles

BATCH_BYTES = 512 * 1024
"""Bytes of records at which a request is sent: with one block more it stays below a MiB, a common limit of receivers."""
BATCH_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Batch:
    """A request, and what has to be written to the storage once it has been taken."""

    telemetry: Telemetry | None
    operations: list[Operation]


@dataclass(slots=True)
class Clocks:
    """Time as the tailer sees it."""

    wall: Callable[[], int] = time.time_ns
    monotonic: Callable[[], float] = time.monotonic


class Tailer:
    """Reads by one configuration. ValueError for globs and patterns that are none."""

    def __init__(
        self,
        config: FileLogConfig,
        emitter: Emitter,
        reader: BlockReader,
        troubles: Troubles,
        logger: logging.Logger,
        remembered: Iterable[Position] = (),
        clocks: Clocks | None = None,
    ) -> None:
        self._config = config
        self._emitter = emitter
        self._reader = reader
        self._troubles = troubles
        self._logger = logger
        self._clocks = clocks or Clocks()
        self._known = KnownFiles(remembered, config.polls_to_archive)
        self.handles = Handles(config.max_concurrent_files, config.compression, lock=config.acquire_fs_lock)
        self._scanner = Scanner(config, self._known, self.handles, troubles)

    @property
    def reading(self) -> int:
        """Files that are being read or wait for it."""
        return len(self._scanner.queue)

    def begin_poll(self) -> Batch | None:
        """Look for files and changes; returns the first batch, None when there is nothing to send or store."""
        self._scanner.scan(self._clocks.wall(), self._clocks.monotonic())
        for path in self._scanner.started:
            self._logger.info("Started watching file", extra={"path": path})
        self._emitter.tick(self._clocks.monotonic())
        return self.next_batch()

    def next_batch(self) -> Batch | None:
        """Return the next batch of this poll, which is over with None."""
        request = self._emitter.request
        queue = self._scanner.queue
        while queue and request.bytes_held < BATCH_BYTES and request.items < BATCH_ITEMS:
            file = queue.popleft()
            file.queued = False
            if self._known.tracks(file) and self._read(file):
                self._scanner.enqueue(file)
        if not queue and not request.items:
            self._known.age()
        operations = self._known.operations()
        if not request.items:
            return Batch(None, operations) if operations else None
        return Batch(request.build(), operations)

    def finish(self, *, drain: bool) -> Batch | None:
        """Close all files; with `drain`, return what operators still keep."""
        self.handles.close_all()
        if not drain:
            return None
        self._emitter.drain()
        return Batch(self._emitter.request.build(), []) if self._emitter.request.items else None

    def _read(self, file: TrackedFile) -> bool:
        """Read one block of a file; returns whether there is more."""
        try:
            more = self._read_block(file)
        except (OSError, CorruptFile, FileLocked) as error:
            # Renamed since the last look, say: the next one has to take it for changed.
            file.modified = -1
            if not isinstance(error, FileNotFoundError | FileLocked):
                self._troubles.report(file.path, error)
            return False
        self._troubles.over(file.path)
        return more

    def _read_block(self, file: TrackedFile) -> bool:
        source = self.handles.use(file)
        if not self._scanner.check(file, source):
            return False
        if file.attributes is None:
            self._emitter.describe(file, file_attributes(file.path, self._config))
        position = file.position
        block = self._reader.read(source, position, flush=self._is_time_to_flush(file))
        file.has_rest = block.has_rest
        if block.cut:
            self._troubles.cut(file.path, self._config.max_log_size)
        if block.records:
            self._emitter.emit(file, block)
        self._known.touch(position)
        if self._config.file_cache_advise:
            source.forget(position.offset)
        if self._config.delete_after_read and not block.more and not block.has_rest and not file.lost_polls:
            self._delete(file)
        return block.more

    def _is_time_to_flush(self, file: TrackedFile) -> bool:
        flush = self._config.force_flush_period
        if not flush:
            return False
        return file.lost_polls >= POLLS_OF_LOST or self._clocks.monotonic() - file.grew_at >= flush

    def _delete(self, file: TrackedFile) -> None:
        os.unlink(file.path)
        self.handles.close(file)
        self._known.forget(file, remember=False)
