"""The file exporter: writes every request to a file, one for all or one for each value of a resource attribute."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from otel_agent.exporters.file.config import FileExporterConfig
from otel_agent.exporters.file.encoding import encoder
from otel_agent.exporters.file.grouping import divide, path_for
from otel_agent.exporters.file.rotating_file import RotatingFile
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.sampling import Sampler

_THREAD_BYTES = 64 * 1024
"""Requests from this size on are encoded and written in a thread, so that the event loop keeps turning."""
_LOG_SECONDS = 60.0
"""Between two lines about one file that cannot be written."""


@dataclass(frozen=True, slots=True)
class FileTroubles:
    """What the disk did not take."""

    flushes: Counter
    """Flushes that failed; what they held waits for the next one."""
    lost_bytes: Counter
    """Bytes that were accepted and could not be written before the end."""


class FileOutput:
    """The open files of one exporter id; open while at least one exporter uses it."""

    def __init__(self, config: FileExporterConfig, logger: logging.Logger, troubles: FileTroubles) -> None:
        self._config = config
        self._logger = logger
        self._troubles = troubles
        self._lines = Sampler(initial=1, thereafter=0, tick=_LOG_SECONDS)
        self._encode = encoder(config)
        self._files: OrderedDict[str, RotatingFile] = OrderedDict()
        self._lock = asyncio.Lock()
        self._users = 0
        self._flusher: asyncio.Task[None] | None = None

    async def acquire(self) -> None:
        """Open with the first user; OSError when the file cannot be created."""
        if self._users == 0:
            if not self._config.group_by.enabled:
                self._file(self._config.path)
            if self._config.flush_interval:
                self._flusher = asyncio.get_running_loop().create_task(self._flush_regularly(), name="file-flusher")
        self._users += 1

    async def release(self) -> None:
        """Flush and close with the last user; what the disk does not take is lost, which is counted and logged."""
        self._users -= 1
        if self._users:
            return
        flusher, self._flusher = self._flusher, None
        if flusher is not None:
            flusher.cancel()
            await asyncio.gather(flusher, return_exceptions=True)
        async with self._lock:
            while self._files:
                path, file = self._files.popitem()
                self._close(path, file)

    def _close(self, path: str, file: RotatingFile) -> None:
        try:
            file.close()
        except OSError as error:
            self._troubles.lost_bytes.value += file.buffered
            text = "Accepted data is lost: the disk did not take it before the end"
            self._logger.error(text, extra={"path": path, "bytes": file.buffered, "error": str(error)})

    async def write(self, telemetry: Telemetry) -> None:
        """Write one request; OSError or `InvalidTelemetry`."""
        async with self._lock:
            if len(telemetry.data) < _THREAD_BYTES:
                self._write(telemetry)
            else:
                await _in_thread(lambda: self._write(telemetry))

    def _write(self, telemetry: Telemetry) -> None:
        for path, data in self._parts(telemetry):
            message = self._encode(telemetry.signal, data)
            self._file(path).write(message, through=not self._config.flush_interval)

    def _parts(self, telemetry: Telemetry) -> Iterator[tuple[str, bytes]]:
        group_by = self._config.group_by
        if not group_by.enabled:
            yield self._config.path, telemetry.data
            return
        for value, data in divide(telemetry.signal, telemetry.data, group_by.resource_attribute).items():
            yield path_for(self._config.path, value), data

    def _file(self, path: str) -> RotatingFile:
        """Return the open file, opening it and closing the one longest unused when there are too many."""
        if path in self._files:
            self._files.move_to_end(path)
            return self._files[path]
        if len(self._files) >= self._config.group_by.max_open_files:
            next(iter(self._files.values())).flush()  # while that fails, the file stays, and what it holds
            self._files.popitem(last=False)[1].close()
        target = Path(path)
        grouped = self._config.group_by.enabled
        if self._config.create_directory or grouped:
            target.parent.mkdir(mode=int(self._config.directory_permissions, 8), parents=True, exist_ok=True)
        # A grouped file may be opened again after it was closed for want of room; emptying it then would lose data.
        file = self._files[path] = RotatingFile(target, append=self._config.append or grouped, rotation=self._config.rotation)
        return file

    async def _flush_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._config.flush_interval)
            async with self._lock:
                for path, file in self._files.items():
                    try:
                        await _in_thread(file.flush)
                    except OSError as error:
                        self._troubles.flushes.value += 1
                        if self._lines.admit(path):
                            self._logger.error("Failed to flush", extra={"path": path, "error": str(error)})


async def _in_thread(action: Callable[[], None]) -> None:
    """Run in a thread. Cancellation waits for its end: a thread cannot be stopped, and the files are not for two at a time."""
    running = asyncio.ensure_future(asyncio.to_thread(action))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # nobody is left to be told
        raise


class FileExporter:
    """One signal's way into a `FileOutput`."""

    def __init__(self, context: BuildContext, output: FileOutput) -> None:
        assert context.signal is not None
        self._output = output
        self._counters = context.metrics.exporter(context.id, context.signal)
        self._running = False

    async def start(self, host: Host) -> None:
        """Open the file; OSError when that fails."""
        await self._output.acquire()
        self._running = True

    async def shutdown(self) -> None:
        """Write out everything and close. Idempotent."""
        if self._running:
            self._running = False
            await self._output.release()

    async def consume(self, telemetry: Telemetry) -> None:
        """Write; `RetryableError` when the disk refuses, `PermanentError` when the request cannot be decoded."""
        try:
            await self._output.write(telemetry)
        except (OSError, InvalidTelemetry) as error:
            self._counters.send_failed.value += telemetry.items
            kind = PermanentError if isinstance(error, InvalidTelemetry) else RetryableError
            raise kind(str(error)) from error
        self._counters.sent.value += telemetry.items
