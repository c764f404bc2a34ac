"""Runs a collector: own telemetry, graph, signals, exit code."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version

from otel_agent.config.document import Config
from otel_agent.config.problem import ConfigError
from otel_agent.config.registry import Registry, installed_registry
from otel_agent.pdata import kernel, native
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.errors import CollectorError
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.host import CollectorHost
from otel_agent.pipeline.lifecycle import SHUTDOWN_SECONDS, Lifecycle
from otel_agent.pipeline.status import StatusBoard
from otel_agent.telemetry.footprint import settle_memory
from otel_agent.telemetry.logs import configure_logs
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.telemetry.pages import MetricsPages
from otel_agent.telemetry.process import register_process_metrics
from otel_agent.telemetry.settings import ignored_settings, level_of, log_settings, readers_of, resource_of

DISTRIBUTION = "otel-operator"
Load = Callable[[], Config]
"""Reads the configuration from its sources; ConfigError when it has mistakes. May block: it is called in a thread."""

_log = logging.getLogger("otelcol.service")


async def run(
    load: Load,
    *,
    config: Config | None = None,
    registry: Registry | None = None,
    shutdown_seconds: float = SHUTDOWN_SECONDS,
    stop: asyncio.Event | None = None,
) -> int:
    """Run until SIGINT or SIGTERM (or `stop`) and return the exit code: 0 after an orderly stop, 1 after a failure.

    `config` is what `load` returned, when it was called already. On SIGHUP it is called again and its result swapped in; a
    configuration with mistakes is refused and the old one keeps running. Changes to service.telemetry need a restart.
    """
    if config is None:
        config = await asyncio.to_thread(load)
    telemetry = config.service.telemetry
    resource = resource_of(telemetry, version(DISTRIBUTION))
    try:
        logs = configure_logs(log_settings(telemetry.logs, resource))
    except OSError as error:
        print(f"Error: service::telemetry::logs::output_paths: {error}", file=sys.stderr)
        return 1
    native.announce(_log, kernel.NATIVE)
    metrics = SelfMetrics(level_of(telemetry.metrics))
    register_process_metrics(metrics)
    pages = MetricsPages(metrics, resource, readers_of(telemetry.metrics, resource))
    collector = Collector(registry or installed_registry(), metrics, shutdown_seconds)
    try:
        for path in ignored_settings(telemetry):
            _log.warning("Setting has no effect in this collector", extra={"setting": path})
        await pages.start()
        return await _serve(collector, config, load, stop or asyncio.Event())
    except (CollectorError, OSError) as error:
        _log.error("Collector cannot run", extra={"error": str(error)})
        return 1
    finally:
        await pages.stop()
        logs.close()


class Collector:
    """One running graph at a time."""

    def __init__(self, catalog: Catalog, metrics: SelfMetrics, shutdown_seconds: float = SHUTDOWN_SECONDS) -> None:
        self._catalog = catalog
        self._metrics = metrics
        self._shutdown_seconds = shutdown_seconds
        self._config: Config | None = None
        self._lifecycle: Lifecycle | None = None
        self.host: CollectorHost | None = None
        self.board = StatusBoard()

    async def start(self, config: Config) -> None:
        """Build and start; `CollectorError` when that fails, and then nothing runs."""
        graph = build(config, self._catalog, self._metrics)
        board = StatusBoard()
        host = CollectorHost(graph, board)
        lifecycle = Lifecycle(graph, host, board)
        await lifecycle.start()
        self._config, self._lifecycle, self.host, self.board = config, lifecycle, host, board

    async def stop(self) -> None:
        """Stop gracefully. Idempotent."""
        lifecycle, self._lifecycle = self._lifecycle, None
        if lifecycle is not None:
            await lifecycle.shutdown(self._shutdown_seconds)
            self._metrics.forget_observed()

    async def swap(self, config: Config) -> None:
        """Replace the running configuration; when the new one cannot be built or started, the old one runs again.

        Raises `CollectorError` with the reason in that case, and also when the old one could not be started again (then `host`
        is None).
        """
        before = self._config
        build(config, self._catalog, self._metrics)
        if before is not None and before.service.telemetry != config.service.telemetry:
            _log.warning("Changes to service::telemetry take effect after a restart")
        await self.stop()
        try:
            await self.start(config)
        except CollectorError:
            self.host = None
            if before is not None:
                await self.start(before)
            raise


async def _serve(collector: Collector, config: Config, load: Load, stop: asyncio.Event) -> int:
    """Run the collector until it is told to stop or a component reports a fatal error."""
    loop = asyncio.get_running_loop()
    hang_up = asyncio.Event()
    watched = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: hang_up}
    for number, event in watched.items():
        loop.add_signal_handler(number, event.set)
    try:
        await collector.start(config)
        settle_memory()
        _log.info("Everything is ready. Begin running and processing data.")
        while await _wait(stop, hang_up, collector) is hang_up:
            hang_up.clear()
            await _reload(collector, load)
        failure = collector.host.failure if collector.host is not None else "no configuration could be started"
        if not failure:
            _log.info("Starting shutdown...")
        else:
            _log.error("Asynchronous error received, terminating process", extra={"error": failure})
        return 1 if failure else 0
    finally:
        await collector.stop()
        _log.info("Shutdown complete.")
        for number in watched:
            loop.remove_signal_handler(number)


async def _wait(stop: asyncio.Event, hang_up: asyncio.Event, collector: Collector) -> asyncio.Event | None:
    """Return the event that happened; None for a fatal error."""
    if collector.host is None:
        return None
    events = (stop, hang_up, collector.host.failed)
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    if collector.host.failed.is_set():
        return None
    return stop if stop.is_set() else hang_up


async def _reload(collector: Collector, load: Load) -> None:
    try:
        await collector.swap(await asyncio.to_thread(load))
    except (ConfigError, CollectorError, OSError) as error:
        _log.error("New configuration refused, the old one keeps running", extra={"error": str(error)})
    else:
        _log.info("Config updated, collector restarted with it")
