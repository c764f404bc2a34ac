"""The pprof extension: profiles of this process at /debug/pprof/, one at a time and of bounded length."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from otel_agent.config.blocks.listen_address import parse_tcp_endpoint
from otel_agent.extensions.pprof import dumps, formats
from otel_agent.extensions.pprof.config import PprofConfig
from otel_agent.extensions.pprof.sampler import Sampler
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.telemetry.admin import AdminServer, Reply

DEFAULT_SECONDS = 30.0
DEFAULT_HEAP_SECONDS = 5.0
MAX_SECONDS = 120.0
_BASE = "/debug/pprof/"
_INDEX = """/debug/pprof/profile?seconds=30&format=pprof|collapsed   CPU time by stack
/debug/pprof/goroutine                                   stacks of threads and asyncio tasks
/debug/pprof/heap?seconds=5                              memory allocated meanwhile, by line
"""


class Pprof:
    """Serves profiles, and writes one of the whole run where `save_to_file` says so."""

    def __init__(self, config: PprofConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._server: AdminServer | None = None
        self._whole_run: Sampler | None = None
        self._busy = False

    @property
    def port(self) -> int:
        """The bound port, once started."""
        assert self._server is not None
        return self._server.port

    async def start(self, host: Host) -> None:
        """Begin to answer; OSError for a taken port, `StartError` for a file that cannot be written."""
        for key in ("block_profile_fraction", "mutex_profile_fraction", "dialer"):
            if getattr(self._config, key):
                self._logger.warning("Setting has no effect in this collector", extra={"setting": f"extensions::pprof::{key}"})
        if self._config.save_to_file:
            try:
                await asyncio.to_thread(Path(self._config.save_to_file).touch)
            except OSError as error:
                raise StartError(f"save_to_file: {error}") from error
            self._whole_run = Sampler()
            self._whole_run.start()
        address = parse_tcp_endpoint(self._config.endpoint)
        routes = {_BASE: lambda: Reply(_INDEX), f"{_BASE}goroutine": lambda: Reply(dumps.threads_and_tasks())}
        handlers = {f"{_BASE}profile": self._profile, f"{_BASE}heap": self._heap}
        self._server = AdminServer(address, routes, handlers=handlers)
        await self._server.start()
        self._logger.info("Starting pprof extension", extra={"endpoint": self._config.endpoint})

    async def shutdown(self) -> None:
        """Stop answering, and write the profile of the whole run. Idempotent."""
        if self._server is not None:
            await self._server.stop()
        sampler, self._whole_run = self._whole_run, None
        if sampler is not None:
            profile = await asyncio.to_thread(sampler.stop)
            data = await asyncio.to_thread(formats.pprof, profile)
            await asyncio.to_thread(Path(self._config.save_to_file).write_bytes, data)

    async def _profile(self, query: Mapping[str, str]) -> Reply:
        written = query.get("format", "pprof")
        if written not in ("pprof", "collapsed"):
            return Reply(f'format "{written}": expected pprof or collapsed\n', status=400)

        async def sample(seconds: float) -> Reply:
            sampler = Sampler()
            sampler.start()
            try:
                await asyncio.sleep(seconds)
            finally:
                profile = await asyncio.to_thread(sampler.stop)
            if written == "collapsed":
                return Reply(await asyncio.to_thread(formats.collapsed, profile))
            return Reply(await asyncio.to_thread(formats.pprof, profile), "application/octet-stream")

        return await self._alone(query, DEFAULT_SECONDS, sample)

    async def _heap(self, query: Mapping[str, str]) -> Reply:
        async def trace(seconds: float) -> Reply:
            return Reply(await dumps.allocations(seconds))

        return await self._alone(query, DEFAULT_HEAP_SECONDS, trace)

    async def _alone(self, query: Mapping[str, str], default: float, work: Callable[[float], Awaitable[Reply]]) -> Reply:
        """Do one piece of work at a time, for the seconds that the query names."""
        text = query.get("seconds", "")
        try:
            seconds = float(text) if text else default
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= MAX_SECONDS:
            return Reply(f'seconds "{text}": expected more than 0 and at most {MAX_SECONDS:g}\n', status=400)
        if self._busy:
            return Reply("a profile is being taken: try again when it is finished\n", status=409)
        self._busy = True
        try:
            return await work(seconds)
        finally:
            self._busy = False
