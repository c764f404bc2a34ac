"""One worker process as the supervisor sees it."""

import asyncio
import signal
import socket
from collections.abc import Callable

from otel_agent.pipeline.status import StatusEvent
from otel_agent.workers.births import Births, Ended
from otel_agent.workers.channel import Channel
from otel_agent.workers.messages import (
    Failed,
    Health,
    Metrics,
    NotStarted,
    Ready,
    Report,
    Stop,
    Swapped,
    SwapRefused,
    ToWorker,
)
from otel_agent.workers.ports import Place, Ports

Answer = Ready | NotStarted | Swapped | SwapRefused


class Member:
    """A process; its successor is another `Member`."""

    def __init__(
        self,
        number: int,
        on_metrics: Callable[[int, Metrics], None],
        on_health: Callable[[int, StatusEvent], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self.number = number
        self.pid = 0
        self.ready_at: float | None = None
        """On the loop's clock; None before that."""
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.places: set[Place] = set()
        """Where it listens."""
        self._on_metrics = on_metrics
        self._on_health = on_health
        self._on_failure = on_failure
        self._channel: Channel | None = None
        self._answer: asyncio.Future[Answer | None] | None = None
        self._reported: asyncio.Future[None] | None = None
        self._asked_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def launch(self, births: Births, ports: Ports) -> None:
        """Have the process made, and listen to it."""
        ours, theirs = socket.socketpair()
        our_ports, their_ports = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.pid = await births.start(self.number, theirs, their_ports)
            self._channel = await Channel.over(ours)
        except BaseException:
            ours.close()
            our_ports.close()
            raise
        listening = asyncio.create_task(self._listen(self._channel), name=f"worker-{self.number}")
        serving = asyncio.create_task(ports.serve(self.number, our_ports, self.places), name=f"worker-{self.number}-ports")
        self._tasks = [listening, serving]

    async def ask(self, message: ToWorker, seconds: float) -> Answer | None:
        """Send something that has an answer and return that; None when the worker ends, or does not answer in time."""
        assert self._channel is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._channel.send(message)
        if self.ended.done():
            return None
        waits: list[asyncio.Future[Answer | None] | asyncio.Future[Ended]] = [self._answer, self.ended]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return self._answer.result() if self._answer.done() else None

    def report(self) -> asyncio.Future[None] | None:
        """Ask for metrics, unless an earlier question is still open; return what to wait for."""
        if self._channel is None or self.ended.done():
            return None
        if self._reported is None or self._reported.done():
            loop = asyncio.get_running_loop()
            self._reported, self._asked_at = loop.create_future(), loop.time()
            self._channel.send(Report())
        return self._reported

    @property
    def silent_seconds(self) -> float:
        """For how long a question has been open."""
        if self._reported is None or self._reported.done():
            return 0.0
        return asyncio.get_running_loop().time() - self._asked_at

    @property
    def over(self) -> bool:
        """Whether it has ended, as far as one can tell: has hung up, or its end was reported."""
        return self.ended.done() or (bool(self._tasks) and self._tasks[0].done())

    async def until_over(self, *, told: bool) -> None:
        """Wait for its end; `told` says whether that will be reported, so that hanging up is not yet the end."""
        ends: list[asyncio.Future[Ended] | asyncio.Task[None]] = [self.ended]
        if not told:
            ends += self._tasks[:1]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)

    def stop(self, seconds: float) -> None:
        """Have it hand on what it has, and end."""
        if self._channel is not None:
            self._channel.send(Stop(seconds))

    async def close(self) -> None:
        """Hear the last words of a process that has ended, and release what belongs to it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._channel is not None:
            await self._channel.close()

    async def _listen(self, channel: Channel) -> None:
        while (message := await channel.receive()) is not None:
            if isinstance(message, Metrics):
                self._on_metrics(self.number, message)
                if self._reported is not None and not self._reported.done():
                    self._reported.set_result(None)
            elif isinstance(message, Health):
                self._on_health(self.number, message.event)
            elif isinstance(message, Failed):
                self._on_failure(message.reason)
            elif isinstance(message, Answer) and self._answer is not None and not self._answer.done():
                self._answer.set_result(message)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)


def described(ended: Ended) -> str:
    """Say how a process ended."""
    if ended.code < 0:
        try:
            return f"killed by {signal.Signals(-ended.code).name}"
        except ValueError:
            return f"killed by signal {-ended.code}"
    return f"exit code {ended.code}"
