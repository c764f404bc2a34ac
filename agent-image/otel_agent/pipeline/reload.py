"""Brings a new configuration into a running collector, on SIGHUP or when a configuration file has changed."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from otel_agent.config.document import Config
from otel_agent.config.file_watch import WatchedFiles
from otel_agent.config.problem import ConfigError
from otel_agent.pipeline.engine import Engine
from otel_agent.pipeline.errors import CollectorError
from otel_agent.pipeline.overview import Outcome, Reload
from otel_agent.pipeline.own_telemetry import OwnTelemetry

SETTLE_SECONDS = 0.2
"""How long changed files must stay as they are before they are read: editors and copies write in steps."""
_MAX_SETTLE_ROUNDS = 25

_log = logging.getLogger("otelcol.service")
Load = Callable[[], Config]
"""Reads the configuration from its sources; ConfigError when it has mistakes. May block: it is called in a thread."""


class Reloader:
    """Loads and swaps in; a configuration with mistakes is refused, logged and counted, and the old one keeps running."""

    def __init__(self, collector: Engine, load: Load, own: OwnTelemetry, files: WatchedFiles | None = None) -> None:
        self._collector = collector
        self._own = own
        self._load = load
        self._files = files
        self._turn = asyncio.Lock()
        """Held while the sources are read or looked at."""
        self.idle = asyncio.Event()
        """Set while no reload is under way."""
        self.idle.set()
        self._counters = {
            outcome: own.metrics.counter(
                "config_reloads", "Number of configurations read while running.", {"outcome": str(outcome)}, unit="{reloads}"
            )
            for outcome in Outcome
        }

    async def reload(self) -> None:
        """Read all sources again and run what they say. Never raises for what is wrong with them."""
        self.idle.clear()
        try:
            await self._swap(await self._read())
        except (ConfigError, CollectorError, OSError, ValueError) as error:
            self._note(Reload(Outcome.REFUSED, datetime.now(UTC), str(error)))
            _log.error("New configuration refused, the old one keeps running", extra={"error": str(error)})
        except Exception as error:  # noqa: BLE001 -- the collector that runs is worth more than the one that was wanted
            self._note(Reload(Outcome.REFUSED, datetime.now(UTC), f"{type(error).__name__}: {error}"))
            _log.exception("Unexpected error in a reload, the old configuration keeps running")
        else:
            self._note(Reload(Outcome.TAKEN, datetime.now(UTC)))
        finally:
            self.idle.set()

    async def watch(self, changed: asyncio.Event, interval: float) -> None:
        """Set `changed` when a configuration file holds something new; `interval` in seconds between looks."""
        while self._files is not None:
            await asyncio.sleep(interval)
            if changed.is_set():
                continue
            async with self._turn:
                names = await asyncio.to_thread(self._files.changed)
                if names:
                    await self._settle()
            if names:
                _log.info("Configuration files have changed", extra={"files": names})
                changed.set()

    async def _settle(self) -> None:
        assert self._files is not None
        before = None
        for _ in range(_MAX_SETTLE_ROUNDS):
            now = await asyncio.to_thread(self._files.fingerprint)
            if now == before:
                return
            before = now
            await asyncio.sleep(SETTLE_SECONDS)

    async def _read(self) -> Config:
        async with self._turn:
            try:
                config = await asyncio.to_thread(self._load)
            except BaseException:
                if self._files is not None:
                    self._files.accept()
                raise
            if self._files is not None:
                self._files.commit()
            return config

    async def _swap(self, config: Config) -> None:
        before = self._collector.config
        if before == config:
            _log.info("The configuration is the same as before, nothing to do")
            return
        # First, so that new components measure what the new level shows.
        await self._own.change(config.service.telemetry)
        try:
            kept = await self._collector.swap(config)
        except BaseException:
            if before is not None:
                await self._own.change(before.service.telemetry)
            raise
        _log.info("Config updated", extra={"kept": kept.kept, "started": kept.started, "stopped": kept.stopped})

    def _note(self, reload: Reload) -> None:
        self._counters[reload.outcome].add()
        self._collector.overview.last_reload = reload
