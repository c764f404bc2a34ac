"""The engine of a collector with workers: one configuration, one health, one page of metrics for all of them."""

import asyncio
import logging
import socket
from dataclasses import replace

from otel_agent.config.document import Config
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.collector import Changes, Collector
from otel_agent.pipeline.errors import CollectorError, StartError
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.status import StatusEvent
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.workers.births import Births
from otel_agent.workers.members import Members
from otel_agent.workers.messages import Start, Swap, Swapped, SwapRefused
from otel_agent.workers.placement import Plan, plan
from otel_agent.workers.roster import Roster
from otel_agent.workers.team_metrics import TeamMetrics

_REFRESH_SECONDS = 5.0
"""Between two looks at the workers' metrics when nobody asks: what a killed worker has counted since then is lost."""
_log = logging.getLogger("otelcol.workers")


class Supervisor:
    """An `Engine`. `nursery` is the socket to order workers through."""

    def __init__(
        self,
        nursery: socket.socket,
        size: int,
        roster: Roster,
        catalog: Catalog,
        metrics: TeamMetrics,
        instance: str,
        shutdown_seconds: float,
    ) -> None:
        self._size = size
        self._catalog = catalog
        self._instance = instance
        self._shutdown_seconds = shutdown_seconds
        self._own = Collector(catalog, metrics, shutdown_seconds)
        """Extensions that speak for all workers."""
        self.overview = self._own.overview
        self.config: Config | None = None
        self._plan: Plan | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._births = Births(nursery, lambda ended: self._members.ended(ended), self._nursery_lost)
        self._members = Members(self._births, size, roster, metrics, self._orders, self)

    @property
    def failed(self) -> asyncio.Event | None:
        """Set when a component has failed for good in any process, or a worker cannot be replaced."""
        return self._own.failed

    @property
    def failure(self) -> str:
        """Why `failed` is set."""
        return self._own.failure

    async def start(self, config: Config) -> None:
        """Start all workers; `CollectorError` when one does not come up, and then nothing runs."""
        self._note(config, plan(config, self._catalog))
        assert self._plan is not None
        self._births.open()
        try:
            await self._own.start(self._plan.supervisor, announce=False)
            await self._members.start()
        except BaseException:
            await self.stop()
            raise
        self._show(config)
        self._own.announce()
        self._refreshing = asyncio.create_task(self._refresh(), name="hear-workers")
        _log.info("Workers are ready", extra={"workers": self._size})

    async def swap(self, config: Config) -> Changes:
        """Run another configuration in all workers, or in none; `CollectorError` says why."""
        async with self._members.turn:
            before, old = self.config, self._plan
            assert before is not None
            assert old is not None
            new = plan(config, self._catalog)
            build(new.first, self._catalog, SelfMetrics())  # what cannot be built is refused before anything is touched
            turned: list[int] = []
            try:
                changes = await self._own.swap(new.supervisor)
                for numbers in _order(self._size, old, new):
                    changes = _sum(changes, await self._turn(numbers, new, turned))
            except Exception:
                await self._turn_back(old, turned)
                self._show(before)
                raise
            finally:
                self._members.release_unwanted_ports()
            self._note(config, new)
            self._show(config)
            return changes

    async def stop(self) -> None:
        """Stop all workers within the time for shutdown. Idempotent."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._own.announce(ready=False)
        await self._members.stop(self._shutdown_seconds)
        await self._own.stop()
        self._births.close()

    def health(self, worker: int, event: StatusEvent) -> None:
        """Show the state of a worker's instance."""
        instance = replace(event.instance, part=f"{event.instance.part} worker {worker}".lstrip())
        self.overview.board.report(instance, event.status, event.error)

    def gone(self, worker: int) -> None:
        """Forget what is known of a worker; without any, no data is taken."""
        board = self.overview.board
        for instance in [known for known in board.events if known.part.endswith(f"worker {worker}")]:
            board.forget(instance)
        if not self._members.ready:
            self._own.announce(ready=False)

    def back(self, worker: int) -> None:
        """Tell that data is taken again."""
        if len(self._members.ready) == 1:
            self._own.announce()

    def lost(self, reason: str) -> None:
        """End the collector with exit code 1."""
        if self._own.host is not None and not self._own.host.failed.is_set():
            self._own.host.failure = reason
            self._own.host.failed.set()

    def _nursery_lost(self) -> None:
        self.lost("the process that makes workers has ended")

    def _orders(self, number: int) -> Start:
        assert self._plan is not None
        share = self._plan.others if number else self._plan.first
        return Start(share, self._plan.spread, self._instance, self._shutdown_seconds)

    async def _turn(self, numbers: range, new: Plan, turned: list[int]) -> Changes:
        """Have workers take over a configuration at the same time; those that have are added to `turned`."""
        away = set(self._members.away)
        answers = await asyncio.gather(
            *(self._members.swap(number, Swap(new.others if number else new.first, new.spread)) for number in numbers)
        )
        changes, refusal = Changes(0, 0, 0), ""
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, Swapped):
                turned.append(number)
                changes = _sum(changes, answer.changes)
            elif isinstance(answer, SwapRefused):
                refusal = refusal or answer.reason
                if not answer.running:
                    self._members.kill(number)
            elif number not in away:
                refusal = refusal or f"worker {number} ended while taking over the configuration"
        if refusal:
            raise StartError(refusal)
        return changes

    async def _turn_back(self, old: Plan, turned: list[int]) -> None:
        """Have those run the old configuration again that had taken over the new one; who cannot is replaced."""
        for number in turned:
            answer = await self._members.swap(number, Swap(old.others if number else old.first, old.spread))
            if not isinstance(answer, Swapped):
                self._members.kill(number)
        try:
            await self._own.swap(old.supervisor)
        except CollectorError as error:
            self.lost(f"the old configuration cannot be started again: {error}")

    def _note(self, config: Config, made: Plan) -> None:
        self.config, self._plan = config, made
        for pipeline, reason in made.reasons.items():
            _log.info("Pipeline runs in the first worker only", extra={"pipeline": str(pipeline), "reason": reason})

    def _show(self, config: Config) -> None:
        """Let pages show the whole configuration, not only the supervisor's part."""
        self.overview.config = config

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_SECONDS)
            await self._members.hear()


def _order(size: int, old: Plan, new: Plan) -> tuple[range, range]:
    """Return in which order workers take over.

    The first one comes last, because it takes over what others have stored for an exporter that only it runs now; where one runs
    everywhere from now on, it comes first, and lets go of what it took over.
    """
    first, others = range(1), range(1, size)
    return (first, others) if new.spread - old.spread else (others, first)


def _sum(one: Changes, other: Changes) -> Changes:
    return Changes(one.kept + other.kept, one.started + other.started, one.stopped + other.stopped)
