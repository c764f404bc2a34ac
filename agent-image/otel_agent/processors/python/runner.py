"""Keeps the script's process: starts it, again after it ended, and anew when the file has changed."""

import asyncio
import logging
import os
import time
from pathlib import Path

from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.python.config import PythonConfig
from otel_agent.scripting.process import ScriptProcess
from otel_agent.scripting.script import ScriptError, Source

LOOK_SECONDS = 5.0
"""Between looks at the file."""
MAX_BYTES = 4 << 20
"""Longest file."""
_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds without a process after one start failed, and another."""


class Runner:
    """One script, shared by the pipelines of a component id, which take turns."""

    def __init__(self, config: PythonConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._process: ScriptProcess | None = None
        self._turn = asyncio.Lock()
        self._users = 0
        self._seen = _state(config.file)
        self._looked = time.monotonic()
        self._failures = 0
        self._not_before = 0.0
        self.restarts = 0

    async def acquire(self) -> None:
        """Begin to use it; the first user starts the process. `ScriptError` when the code cannot be loaded."""
        self._users += 1
        try:
            async with self._turn:
                if self._process is None:
                    self._process = await self._start()
        except BaseException:
            self._users -= 1
            raise

    async def release(self) -> None:
        """End the use; the last user ends the process."""
        self._users -= 1
        if self._users == 0:
            async with self._turn:
                process, self._process = self._process, None
                if process is not None:
                    await process.stop()

    async def run(self, signal: Signal, data: bytes) -> tuple[bytes, int]:
        """Return what the code made of a request, and its items; `ScriptError` when it failed."""
        async with self._turn:
            process = await self._current()
            return await process.run(signal, data)

    async def _current(self) -> ScriptProcess:
        now = time.monotonic()
        if self._config.file and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            await self._replace_if_changed()
        if self._process is not None and self._process.running:
            return self._process
        if now < self._not_before:
            raise ScriptError("the script's process ended and is started again in a moment")
        self._not_before = now + _PAUSES[min(self._failures, len(_PAUSES) - 1)]
        self._failures += 1
        self._process = await self._start()
        self._failures = 0
        self.restarts += 1
        return self._process

    async def _replace_if_changed(self) -> None:
        state = _state(self._config.file)
        if state is None or state == self._seen:
            return
        self._seen = state
        try:
            started = await self._start()
        except ScriptError as error:
            self._logger.error("The changed script is not used, the old one stays", extra={"error": str(error)})
            return
        before, self._process = self._process, started
        self._logger.info("The script has changed and was loaded", extra={"file": self._config.file})
        if before is not None:
            await before.stop()

    async def _start(self) -> ScriptProcess:
        limit = self._config.memory_limit_mib << 20
        return await ScriptProcess.start(self._source(), timeout=self._config.timeout, memory_bytes=limit)

    def _source(self) -> Source:
        config = self._config
        if config.code:
            return Source("code", config.code, config.function, config.settings)
        try:
            with Path(config.file).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise ScriptError(f"file: {config.file} has more than {MAX_BYTES} bytes")
            return Source(config.file, data.decode(), config.function, config.settings)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ScriptError(f"file: {config.file}: {reason}") from error


def _state(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path) if path else None
    except OSError:
        return None
    return None if status is None else (status.st_mtime_ns, status.st_size, status.st_ino)
