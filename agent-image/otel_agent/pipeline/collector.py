"""The running graph and its replacement by that of a new configuration."""

import asyncio
import logging
from dataclasses import dataclass

from otel_agent.config.document import Config
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.host import CollectorHost
from otel_agent.pipeline.instances import Graph
from otel_agent.pipeline.lifecycle import SHUTDOWN_SECONDS, Lifecycle
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.reuse import keepable
from otel_agent.pipeline.seat import Seat, Spread
from otel_agent.pipeline.swap import Swap, release_all
from otel_agent.pipeline.tracing import Finish
from otel_agent.telemetry.metrics import SelfMetrics

_RETIRING_SHARE = 0.2
"""Part of the time to stop that a reload which has just happened may take to finish."""

_log = logging.getLogger("otelcol.service")


@dataclass(frozen=True, slots=True)
class Changes:
    """How many instances a swap kept, started and stopped."""

    kept: int
    started: int
    stopped: int


class Collector:
    """One running graph at a time."""

    def __init__(
        self,
        catalog: Catalog,
        metrics: SelfMetrics,
        shutdown_seconds: float = SHUTDOWN_SECONDS,
        finish: Finish | None = None,
        seat: Seat | None = None,
    ) -> None:
        self._catalog = catalog
        self._metrics = metrics
        self._shutdown_seconds = shutdown_seconds
        self._finish = finish
        """Takes the collector's own spans; None for none to be made."""
        self._seat = seat or Seat()
        self._lifecycle: Lifecycle | None = None
        self._retiring: asyncio.Task[None] | None = None
        self.config: Config | None = None
        self.host: CollectorHost | None = None
        self.overview = Overview()

    @property
    def failed(self) -> asyncio.Event | None:
        """Set when a component has failed for good; None when no configuration runs."""
        return self.host.failed if self.host is not None else None

    @property
    def failure(self) -> str:
        """Why `failed` is set."""
        return self.host.failure if self.host is not None else ""

    async def start(self, config: Config, *, announce: bool = True) -> None:
        """Build and start; `CollectorError` when that fails, and then nothing runs.

        With `announce`, extensions are told that the pipelines take data; otherwise `announce` has to be called.
        """
        graph = build(config, self._catalog, self._metrics, finish=self._finish, seat=self._seat)
        host = CollectorHost(graph, self.overview)
        lifecycle = Lifecycle(graph, host, self.overview.board)
        await lifecycle.start(announce=announce)
        self._lifecycle, self.host = lifecycle, host
        self._note(config)

    @property
    def graph(self) -> Graph:
        """The running graph; an empty one before the start and after the end."""
        return self._lifecycle.graph if self._lifecycle is not None else Graph()

    def announce(self, *, ready: bool = True) -> None:
        """Tell extensions whether pipelines take data, where that is not for this process alone to say."""
        if self._lifecycle is not None:
            say = self._lifecycle.announce if ready else self._lifecycle.renounce
            say(self._lifecycle.graph.extensions)

    async def stop(self, seconds: float | None = None) -> None:
        """Stop gracefully, within so many seconds when given. Idempotent."""
        lifecycle, self._lifecycle = self._lifecycle, None
        if lifecycle is not None:
            release_all(lifecycle.graph)
            seconds = self._shutdown_seconds if seconds is None else seconds
            if self._retiring is not None:
                # First, because what replaced exporters have left goes to those that are about to stop.
                began = asyncio.get_running_loop().time()
                await asyncio.wait([self._retiring], timeout=seconds * _RETIRING_SHARE)
                seconds -= asyncio.get_running_loop().time() - began
            await asyncio.gather(lifecycle.shutdown(seconds), self._retired())
            self._metrics.forget_observed()

    async def swap(self, config: Config, spread: Spread | None = None) -> Changes:
        """Replace the running configuration, keeping the instances that do not change.

        What was replaced finishes in the background. `spread` takes the place of that of the collector's seat.

        Raises `CollectorError` with the reason when the new one cannot be built (nothing was touched then) or started (then
        the old one runs again; `host` is None when that failed too).
        """
        assert self._lifecycle is not None
        assert self.config is not None
        await self._retired()
        before, before_spread = self.config, self._seat.spread
        try:
            changes = await self._replace(config, before_spread if spread is None else spread)
        except Exception as error:  # a fault in a component's code, too: the old configuration shall run
            try:
                await self._replace(before, before_spread)
            except Exception:  # noqa: BLE001 -- reported to the caller by `host`
                self.host = None
                _log.exception("The old configuration cannot be started again")
            finally:
                release_all(self._lifecycle.graph)
            raise error
        self._note(config)
        return changes

    def _note(self, config: Config) -> None:
        self.config = self.overview.config = config

    async def _replace(self, config: Config, spread: Spread) -> Changes:
        lifecycle = self._lifecycle
        assert lifecycle is not None
        # Where else something runs decides what it finds in a storage.
        moved, self._seat.spread = self._seat.spread ^ spread, spread
        # Built anew first: that shows whether it can be built, and what of the running graph is the same in it.
        trial = build(config, self._catalog, self._metrics, finish=self._finish, seat=self._seat)
        keep = keepable(lifecycle.graph, trial, alive=lifecycle.running, moved=moved)
        graph = build(config, self._catalog, self._metrics, keep, self._finish, self._seat)
        old = lifecycle.graph
        swap = Swap(lifecycle, graph, self._shutdown_seconds)
        await swap.run()
        self._retiring = asyncio.create_task(self._retire(swap, old, graph), name="retire-components")
        kept = len(keep.instances)
        return Changes(kept, started=len(graph.instances()) - kept, stopped=len(old.instances()) - kept)

    async def _retire(self, swap: Swap, old: Graph, new: Graph) -> None:
        """Let replaced instances finish, and forget what was known of those without a successor."""
        await swap.retire()
        gone = {instance.id for instance in old.instances()} - {instance.id for instance in new.instances()}
        for instance in gone:
            self.overview.board.forget(instance)
            self._metrics.forget_component(str(instance.kind), str(instance.component), instance.part)

    async def _retired(self) -> None:
        """Wait until what earlier swaps replaced has finished."""
        task, self._retiring = self._retiring, None
        if task is not None:
            await task
