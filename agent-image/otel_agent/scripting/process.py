"""The collector's end of a script's process: started, asked, and killed when it does not answer."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict

from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.frames import HEADER, MAX_BYTES, Kind, frame
from otel_agent.scripting.script import ScriptError, Source

LOAD_SECONDS = 30.0
"""For the interpreter to start and the script's imports."""
_END_SECONDS = 1.0
"""For a process that closed its output to end by itself."""
_SIGNALS = tuple(Signal)


class ScriptProcess:
    """One process with one script. It serves one request at a time; callers take turns."""

    def __init__(self, process: asyncio.subprocess.Process, timeout: float) -> None:
        self._process = process
        self._timeout = timeout

    @classmethod
    async def start(cls, source: Source, *, timeout: float, memory_bytes: int) -> "ScriptProcess":
        """Start it and load the script; `ScriptError` says why that failed. `timeout` in seconds for each request, 0 is none."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "otel_agent.scripting.host",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | {"MALLOC_ARENA_MAX": "1"},
            )
        except OSError as error:
            raise ScriptError(f"a process for the script could not be started: {error}") from error
        started = cls(process, LOAD_SECONDS)
        try:
            await started._ask(Kind.SOURCE, memory_bytes, json.dumps(asdict(source)).encode())
        except BaseException:
            await started.stop()
            raise
        started._timeout = timeout
        return started

    @property
    def running(self) -> bool:
        """Whether it can be asked."""
        return self._process.returncode is None

    async def run(self, signal: Signal, data: bytes) -> tuple[bytes, int]:
        """Return what the script made of a request, and its items; `ScriptError` when it failed.

        A process that ended, or that is killed because it took too long, is of no more use: see `running`.
        """
        return await self._ask(Kind.RUN, _SIGNALS.index(signal), data)

    async def stop(self) -> None:
        """End it. Idempotent."""
        if self._process.returncode is None:
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _ask(self, kind: Kind, number: int, data: bytes) -> tuple[bytes, int]:
        try:
            async with asyncio.timeout(self._timeout or None):
                answer, items, result = await self._exchange(frame(kind, number, data))
        except TimeoutError:
            await self.stop()
            raise ScriptError(f"the script took longer than {self._timeout:g} s, its process was killed") from None
        except asyncio.CancelledError:
            await self.stop()  # its answer would be taken for that of the next request
            raise
        except (OSError, asyncio.IncompleteReadError) as error:
            with suppress(TimeoutError):  # to kill what ends by itself would take its exit code from asyncio
                async with asyncio.timeout(_END_SECONDS):
                    await self._process.wait()
            await self.stop()
            code = self._process.returncode
            raise ScriptError(f"the script's process ended with code {code}") from error
        if answer is Kind.FAILED:
            raise ScriptError(result.decode(errors="replace"))
        return result, items

    async def _exchange(self, request: bytes) -> tuple[Kind, int, bytes]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(request)
        await self._process.stdin.drain()
        kind, number, length = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
        if length > MAX_BYTES:
            raise OSError(f"an answer of {length} bytes")
        return Kind(kind), number, await self._process.stdout.readexactly(length)
