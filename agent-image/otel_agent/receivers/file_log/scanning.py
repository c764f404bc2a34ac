"""Looks, once a poll, which files are there and which have changed, and recognises those that were moved or copied."""

import os
import stat
from collections import deque
from dataclasses import dataclass

from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.globbing import Globber
from otel_agent.receivers.file_log.handles import Handles
from otel_agent.receivers.file_log.known import KnownFiles
from otel_agent.receivers.file_log.ordering import Ordering
from otel_agent.receivers.file_log.sources import CorruptFile, FileLocked, GzipSource, PlainSource, is_compressed
from otel_agent.receivers.file_log.tracked import Inode, Position, TrackedFile
from otel_agent.receivers.file_log.troubles import Troubles

_SKIP_BLOCK = 1024 * 1024
_WITH_NULS = ("nop", "utf-16", "utf16", "utf-32", "utf32")
"""Encodings in which a zero byte is nothing unusual."""
POLLS_OF_LOST = 2
"""Polls in which a rotated file is still read: writers may hold it open for a moment."""


@dataclass(slots=True)
class Found:
    """A path with what `stat` says."""

    path: str
    inode: Inode
    size: int
    modified: int


class Scanner:
    """Keeps `known` in step with the folders and fills `queue` with the files to read."""

    def __init__(self, config: FileLogConfig, known: KnownFiles, handles: Handles, troubles: Troubles) -> None:
        self._config = config
        self._expects_text = not config.encoding.lower().startswith(_WITH_NULS)
        self._globber = Globber(config.include, config.exclude)
        self._ordering = Ordering(config.ordering_criteria) if config.ordering_criteria is not None else None
        self._known = known
        self._handles = handles
        self._troubles = troubles
        self._poll = 0
        self._missing: set[str] = set()
        self.queue: deque[TrackedFile] = deque()
        self.started: list[str] = []
        """Paths that are watched since the last scan."""

    def scan(self, now: int, monotonic: float) -> None:
        """Look once; `now` in nanoseconds since 1970."""
        self._poll += 1
        self.started = []
        unknown = []
        for found in self._find(now):
            file = self._known.by_inode.get(found.inode)
            if file is None:
                unknown.append(found)
            elif file.seen_poll != self._poll:
                self._see(file, found, monotonic)
        if unknown:
            # They may be copies of what known files were before they were truncated.
            self._verify_changed()
        for found in unknown:
            if found.inode not in self._known.by_inode:
                self._meet(found, monotonic)
        self._look_after_lost()

    def enqueue(self, file: TrackedFile) -> None:
        """Let a file be read."""
        if not file.queued:
            file.queued = True
            self.queue.append(file)

    def check(self, file: TrackedFile, source: PlainSource | GzipSource) -> bool:
        """Whether a file that has changed still is what it was; when its content is another one, it begins anew."""
        full = self._config.fingerprint_size
        position = file.position
        if isinstance(source, GzipSource) and not source.fresh:
            return True
        beginning = source.read(0, full)
        if not beginning.startswith(position.fingerprint):
            self._begin_anew(file, source, beginning)
            return bool(beginning)
        # The size of the last look is no use here: the file may have grown, and been read, beyond it since.
        if isinstance(source, PlainSource) and position.offset > file.size and position.offset > (size := source.size()):
            if self._config.on_truncate == "ignore":
                return False
            position.offset = 0 if self._config.on_truncate == "read_whole_file" else size
            position.changed = True
        if len(position.fingerprint) < min(len(beginning), full):
            self._known.grow(file, beginning)
        return True

    def _find(self, now: int) -> list[Found]:
        paths = self._globber.find(now)
        for folder, error in self._globber.errors.items():
            self._troubles.report(folder, error)
        self._look_for_bases()
        if self._globber.overflow:
            self._troubles.report("include", "too many files match, the others are left out")
        if self._ordering is not None:
            paths = self._ordering.choose(paths)
        oldest = now - round(self._config.exclude_older_than * 1e9) if self._config.exclude_older_than else 0
        found = []
        for path in paths:
            try:
                status = os.stat(path)
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    self._troubles.report(path, error)
                continue
            if stat.S_ISREG(status.st_mode) and status.st_mtime_ns >= oldest:
                found.append(Found(path, (status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns))
        if self._config.max_batches:
            return found[: self._config.max_batches * (self._config.max_concurrent_files // 2)]
        return found

    def _look_for_bases(self) -> None:
        """Say once that a folder is not there, or has vanished, and forget that when it is back: it may well come later."""
        missing = self._globber.missing_bases()
        for folder in missing - self._missing:
            self._troubles.report(folder, "there is no such folder (any more); its files are read when it comes")
        for folder in self._missing - missing:
            self._troubles.over(folder)
        self._missing = missing

    def _see(self, file: TrackedFile, found: Found, monotonic: float) -> None:
        """Note how a known file is now."""
        file.seen_poll = self._poll
        file.lost_polls = 0
        if found.path != file.path:
            file.path = found.path
            file.attributes = None
        if (found.size, found.modified) == (file.size, file.modified):
            flush = self._config.force_flush_period
            if file.has_rest and flush and monotonic - file.grew_at >= flush:
                self.enqueue(file)
            return
        if found.size < file.size and isinstance(file.source, GzipSource):
            self._handles.close(file)
        file.size, file.modified, file.grew_at = found.size, found.modified, monotonic
        self.enqueue(file)

    def _verify_changed(self) -> None:
        for file in list(self.queue):
            try:
                self.check(file, self._handles.use(file))
            except (OSError, CorruptFile, FileLocked):
                continue  # reported when it is its turn to be read

    def _meet(self, found: Found, monotonic: float) -> None:
        """Find out what a file is that was not there under this inode before."""
        if not found.size:
            return
        try:
            source, inode = self._handles.open(found.path)
        except FileNotFoundError:
            return
        except FileLocked:
            return
        except OSError as error:
            self._troubles.report(found.path, error)
            return
        try:
            beginning = source.read(0, self._config.fingerprint_size)
            position = self._position(found, source, beginning) if beginning and inode == found.inode else None
        except (OSError, CorruptFile) as error:
            self._troubles.report(found.path, error)
            position = None
        if position is None:
            source.close()
            return
        self._troubles.over(found.path)
        file = TrackedFile(found.path, found.inode, position, size=found.size, modified=found.modified, grew_at=monotonic)
        file.seen_poll = self._poll
        self._handles.keep(file, source)
        self._known.add(file)
        if len(position.fingerprint) < len(beginning):
            self._known.grow(file, beginning)
        if self._expects_text and b"\0" in beginning:
            self._troubles.is_binary(found.path)
        self.started.append(found.path)
        self.enqueue(file)

    def _position(self, found: Found, source: PlainSource | GzipSource, beginning: bytes) -> Position | None:
        """Return where to go on reading; None for a copy of a file that is read already."""
        like = self._known.live_like(beginning)
        if like is not None and like.seen_poll == self._poll:
            if like.fingerprint == beginning:
                return None
            like = None
        if like is not None:
            # The file was copied and the original is gone: what has been read of that has been read of this.
            self._handles.close(like)
            self._known.forget(like, remember=True)
        position = self._known.take_remembered(beginning)
        compressed = is_compressed(found.path, self._config.compression)
        if position is not None and (compressed or position.offset <= found.size):
            return position
        if position is not None:
            position.offset, position.record_number, position.skipping, position.changed = 0, 0, False, True
            return position
        at_end = self._poll == 1 and self._config.start_at == "end"
        return self._known.new_position(beginning, self._end(found, source, compressed) if at_end else 0)

    def _end(self, found: Found, source: PlainSource | GzipSource, compressed: bool) -> int:
        if not compressed:
            return found.size
        end = 0
        while block := source.read(end, _SKIP_BLOCK):
            end += len(block)
        return end

    def _begin_anew(self, file: TrackedFile, source: PlainSource | GzipSource, beginning: bytes) -> None:
        """Take another content under the same inode for a new file, and remember the old one: there may be a copy of it."""
        self._known.forget(file, remember=True)
        if not beginning:
            self._handles.close(file)
            file.queued = False
            return
        file.position = self._known.take_remembered(beginning) or self._known.new_position(beginning, 0)
        if isinstance(source, PlainSource) and source.size() < file.position.offset:
            file.position.offset = 0
        file.attributes = None
        self._known.add(file)

    def _look_after_lost(self) -> None:
        """Read what was written to files before they were rotated away, then let them go."""
        for file in list(self._known.files):
            if file.seen_poll == self._poll:
                continue
            file.lost_polls += 1
            if file.source is None or (file.lost_polls > POLLS_OF_LOST and not file.queued):
                self._handles.close(file)
                self._known.forget(file, remember=True)
            else:
                self.enqueue(file)
