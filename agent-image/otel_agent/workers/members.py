"""The workers of a collector: brings them up, replaces those that end, and collects what they tell."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Protocol

from otel_agent.pipeline.errors import CollectorError, StartError
from otel_agent.pipeline.status import StatusEvent
from otel_agent.workers.births import Births, Ended
from otel_agent.workers.member import Answer, Member, described
from otel_agent.workers.messages import Metrics, NotStarted, Ready, Start, Swap
from otel_agent.workers.ports import Ports
from otel_agent.workers.restarts import Restarts
from otel_agent.workers.roster import Roster
from otel_agent.workers.team_metrics import TeamMetrics

START_SECONDS = 60.0
"""For a worker to start: components do not wait for their peers."""
SWAP_SECONDS = 90.0
"""For a worker to take over a configuration; what is replaced may take the time of a shutdown."""
_KILL_SECONDS = 2.0
"""What a worker gets beyond its time to stop, before it is killed."""
SILENT_SECONDS = 30.0
"""A worker whose event loop does not turn for so long takes no data, and never will."""
_ANSWER_SECONDS = 1.0
"""How long a scrape waits for a worker that is busy."""

_log = logging.getLogger("otelcol.workers")


class Watcher(Protocol):
    """Hears of changes."""

    def health(self, worker: int, event: StatusEvent) -> None:
        """Note that an instance's state has changed."""
        ...

    def gone(self, worker: int) -> None:
        """Note that a worker that was ready has ended."""
        ...

    def back(self, worker: int) -> None:
        """Note that its successor is ready."""
        ...

    def lost(self, reason: str) -> None:
        """End the collector for this reason."""
        ...


class Members:
    """`orders` of what a worker has to run are asked for each time that one starts."""

    def __init__(
        self, births: Births, size: int, roster: Roster, metrics: TeamMetrics, orders: Callable[[int], Start], watcher: Watcher
    ) -> None:
        self.turn = asyncio.Lock()
        """Held while a configuration is changed, so that none starts with one that is not decided."""
        self.ports = Ports(size)
        self._births = births
        self._size = size
        self._roster = roster
        self._metrics = metrics
        self._orders = orders
        self._watcher = watcher
        self._processes: dict[int, Member] = {}
        """All processes that have not ended, by process id."""
        self._ready: dict[int, Member] = {}
        self._records = {number: Restarts() for number in range(size)}
        self._restarts = metrics.counter("worker_restarts", "Number of workers that ended and were replaced.", {})
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.away: set[int] = set()
        """Workers that have ended and whose successors will run what is decided when they start."""
        metrics.observe("workers", "Number of workers that take data.", {}, lambda: len(self._ready), unit="{workers}")
        metrics.ask = self.hear

    @property
    def ready(self) -> list[Member]:
        """Workers that run, by number."""
        return [self._ready[number] for number in sorted(self._ready)]

    async def start(self) -> None:
        """Start all workers at once; `StartError` with the reason of the first that does not come up."""
        outcomes = await asyncio.gather(*(self._bring_up(number) for number in range(self._size)), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def swap(self, number: int, swap: Swap) -> Answer | None:
        """Have a worker run something else; None when it ends meanwhile, or does not answer, and then it is replaced."""
        member = self._ready.get(number)
        if member is None:
            return None
        answer = await member.ask(swap, SWAP_SECONDS)
        if answer is None:
            self.kill(number)
        return answer

    def kill(self, number: int) -> None:
        """End a worker at once; its successor runs what is decided then."""
        member = self._ready.get(number)
        if member is not None:
            self._births.kill(member.pid)

    def release_unwanted_ports(self) -> None:
        """Close what workers do not listen at, though their predecessors did or others do."""
        for member in self.ready:
            self._release_unwanted(member)

    def _release_unwanted(self, member: Member) -> None:
        for place in self.ports.held_by(member.number) - member.places:
            self.ports.release(member.number, place)

    async def hear(self) -> None:
        """Ask all workers for their metrics, and wait for a bounded time. One that has not answered for too long is replaced."""
        asked = [future for member in self.ready if (future := member.report()) is not None]
        if asked:
            await asyncio.wait(asked, timeout=_ANSWER_SECONDS)
        for member in self.ready:
            if member.silent_seconds >= SILENT_SECONDS:
                fields = {"worker": member.number, "pid": member.pid, "seconds": round(member.silent_seconds)}
                _log.error("Worker does not answer and is killed", extra=fields)
                self._births.kill(member.pid)

    async def stop(self, seconds: float) -> None:
        """Stop all processes within so many seconds, by force where they do not. Idempotent."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.ports.close()
        for member in list(self._processes.values()):
            member.stop(seconds)
        await self._until_ended(seconds + _KILL_SECONDS)
        for member in [member for member in self._processes.values() if not member.over]:
            _log.error("Worker did not stop in time and is killed", extra={"worker": member.number, "pid": member.pid})
            self._births.kill(member.pid)
        await self._until_ended(_KILL_SECONDS)

    def ended(self, ended: Ended) -> None:
        """Take note of the end of a process."""
        member = self._processes.get(ended.pid)
        self._roster.ended_cpu_seconds += ended.cpu_seconds
        if member is None:
            return
        self._roster.enter(member.number + 2, 0)
        member.ended.set_result(ended)
        was_ready = self._ready.get(member.number) is member
        if was_ready:
            del self._ready[member.number]
            self.away.add(member.number)
        self._do(self._bury(member, ended, was_ready))

    async def _bury(self, member: Member, ended: Ended, was_ready: bool) -> None:
        """Hear what a process said last, and see to its successor."""
        await member.close()
        self._metrics.ledger.close(member.number)
        self._processes.pop(member.pid, None)
        if not was_ready or self._stopping:
            return
        self._watcher.gone(member.number)
        await self._replace(member, described(ended))

    async def _replace(self, member: Member, reason: str) -> None:
        number, record, loop = member.number, self._records[member.number], asyncio.get_running_loop()
        ran = loop.time() - member.ready_at if member.ready_at is not None else None
        while True:
            pause = record.ended(ran)
            if record.hopeless:
                self._watcher.lost(f"worker {number} cannot be replaced: {reason}")
                return
            _log.error("Worker has ended and is replaced", extra={"worker": number, "reason": reason, "pause_seconds": pause})
            self._restarts.add()
            await asyncio.sleep(pause)
            try:
                async with self.turn:
                    await self._bring_up(number)
            except (CollectorError, OSError) as error:
                ran, reason = None, str(error)
            else:
                _log.info("Worker is ready again", extra={"worker": number, "pid": self._ready[number].pid})
                self.away.discard(number)
                self._watcher.back(number)
                return

    async def _bring_up(self, number: int) -> None:
        """Start a worker; `StartError` with the reason when it does not come up."""
        member = Member(number, self._note_metrics, self._watcher.health, self._watcher.lost)
        await member.launch(self._births, self.ports)
        self._processes[member.pid] = member
        self._roster.enter(number + 2, member.pid)
        answer = await member.ask(self._orders(number), START_SECONDS)
        if isinstance(answer, Ready) and not member.ended.done():
            member.ready_at = asyncio.get_running_loop().time()
            self._ready[number] = member
            self._release_unwanted(member)
            return
        if isinstance(answer, NotStarted):
            raise StartError(answer.reason)
        if not member.ended.done():
            # Its channel may be heard to end before its process.
            await asyncio.wait([member.ended], timeout=_KILL_SECONDS)
        if member.ended.done():
            raise StartError(f"worker {number} ended while starting: {described(member.ended.result())}")
        self._births.kill(member.pid)
        raise StartError(f"worker {number} did not start within {START_SECONDS:g} s")

    def _note_metrics(self, number: int, message: Metrics) -> None:
        self._metrics.ledger.note(number, message.families)

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_ended(self, seconds: float) -> None:
        ends = [asyncio.ensure_future(member.until_over(told=not self._births.lost)) for member in self._processes.values()]
        if ends:
            _, late = await asyncio.wait(ends, timeout=seconds)
            for waiting in late:
                waiting.cancel()
        if self._tasks:  # last words
            await asyncio.wait(list(self._tasks), timeout=_KILL_SECONDS)
