"""Runs a collector: own telemetry, graph, signals, exit code."""

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from otel_agent.config.document import Config
from otel_agent.config.file_watch import WatchedFiles
from otel_agent.config.registry import Registry, installed_registry
from otel_agent.pdata import kernel, native
from otel_agent.pipeline.engine import Engine, OneProcess, Processes
from otel_agent.pipeline.errors import CollectorError, StartError
from otel_agent.pipeline.lifecycle import SHUTDOWN_SECONDS
from otel_agent.pipeline.own_telemetry import OwnTelemetry
from otel_agent.pipeline.reload import Load, Reloader
from otel_agent.telemetry.footprint import settle_memory

_RELOAD_GRACE_SECONDS = 5.0
"""What a reload that is under way gets at the end: interrupted, it could not let what it replaces finish."""
_log = logging.getLogger("otelcol.service")


async def run(
    load: Load,
    *,
    config: Config | None = None,
    registry: Registry | None = None,
    shutdown_seconds: float = SHUTDOWN_SECONDS,
    stop: asyncio.Event | None = None,
    files: WatchedFiles | None = None,
    watch_seconds: float = 0,
    processes: Processes | None = None,
    notices: Sequence[str] = (),
) -> int:
    """Run until SIGINT or SIGTERM (or `stop`) and return the exit code: 0 after an orderly stop, 1 after a failure.

    `config` is what `load` returned, when it was called already. On SIGHUP it is called again and its result swapped in; a
    configuration with mistakes is refused and the old one keeps running. The same is done when one of `files` (which `load`
    reads) has changed; they are looked at every `watch_seconds`, with 0 never. `processes` says where the pipelines run, by
    default here. `notices` are logged first.
    """
    if processes is None:
        processes = OneProcess()
    if config is None:
        config = await asyncio.to_thread(load)
    try:
        own = OwnTelemetry(config.service.telemetry, processes.part)
    except StartError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    native.announce(_log, kernel.NATIVE)
    for notice in notices:
        _log.warning(notice)
    try:
        collector = processes.engine(registry or installed_registry(), own, shutdown_seconds)
        await own.start()
        reloader = Reloader(collector, load, own, files)
        return await _serve(collector, config, reloader, stop or asyncio.Event(), watch_seconds)
    except (CollectorError, OSError) as error:
        _log.error("Collector cannot run", extra={"error": str(error)})
        return 1
    finally:
        await own.stop()


async def _serve(collector: Engine, config: Config, reloader: Reloader, stop: asyncio.Event, watch_seconds: float) -> int:
    """Run the collector until it is told to stop or a component reports a fatal error."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    watched = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: changed}
    for number, event in watched.items():
        loop.add_signal_handler(number, event.set)
    tasks: list[asyncio.Task[None]] = []
    try:
        await collector.start(config)
        settle_memory()
        _log.info("Everything is ready. Begin running and processing data.")
        tasks.append(asyncio.create_task(_reload_when(changed, collector, reloader), name="reload"))
        if watch_seconds > 0:
            tasks.append(asyncio.create_task(reloader.watch(changed, watch_seconds), name="watch-configuration"))
        failure = await _wait(stop, collector, tasks[0])
        if not failure:
            _log.info("Starting shutdown...")
        else:
            _log.error("Asynchronous error received, terminating process", extra={"error": failure})
        return 1 if failure else 0
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_RELOAD_GRACE_SECONDS):
                await reloader.idle.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await collector.stop()
        _log.info("Shutdown complete.")
        for number in watched:
            loop.remove_signal_handler(number)


async def _reload_when(changed: asyncio.Event, collector: Engine, reloader: Reloader) -> None:
    """Reload each time the event is set; ends when no configuration runs any more."""
    while collector.failed is not None:
        await changed.wait()
        changed.clear()
        await reloader.reload()


async def _wait(stop: asyncio.Event, collector: Engine, reloading: asyncio.Task[None]) -> str:
    """Return why the collector failed, or an empty text when it was told to stop."""
    failed = collector.failed
    assert failed is not None
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, failed)]
    try:
        await asyncio.wait([*waits, reloading], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    if failed.is_set():
        return collector.failure
    if reloading.done() and not stop.is_set():
        error = None if reloading.cancelled() else reloading.exception()
        return f"reload failed: {error!r}" if error else "no configuration could be started"
    return ""
