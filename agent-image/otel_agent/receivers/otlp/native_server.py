"""A port served by the extension: hyper reads, unpacks and checks in a thread of its own; here requests meet the pipelines."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Any

from otel_agent.config.blocks.listen_address import UnixAddress, parse_endpoint
from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.status import Status
from otel_agent.receivers.otlp.crew import Crew
from otel_agent.receivers.otlp.front_end import native_module
from otel_agent.receivers.otlp.intake import Intake
from otel_agent.receivers.otlp.native_answers import OVERLOADED, Ready
from otel_agent.receivers.otlp.native_durations import MeasuredAnswers
from otel_agent.receivers.otlp.native_limits import LimitWatch
from otel_agent.receivers.otlp.native_plan import Plan
from otel_agent.receivers.otlp.native_request import LATER, NativeRequests, Taken
from otel_agent.receivers.otlp.native_tls import keep_certificates, load_certificates
from otel_agent.telemetry.calls import measured
from otel_agent.transport.authentication import refuse_middlewares, server_authenticator
from otel_agent.transport.listen import BACKLOG, unix_socket
from otel_agent.transport.sharing import Listeners, open_listeners

STOP_SECONDS = 8.0
"""How long requests in progress may take to be answered after the server was told to stop."""
_FLUSH_SECONDS = 0.5
"""How long connections without a request may take to end: clients have to answer, and some never finish a request's head."""
_LOOK_SECONDS = 0.01
_MOST = 256
"""Requests taken at a time, so that others in the event loop get their turn."""


class NativeServer:
    """Serves one port, all signals, both protocols."""

    def __init__(
        self,
        plan: Plan,
        intakes: Mapping[str, Intake],
        receiver: ComponentId,
        logger: logging.Logger,
        *,
        everywhere: bool = False,
    ) -> None:
        self.port = 0
        self._everywhere = everywhere
        self._receiver = receiver
        self._host: Host | None = None
        self._metrics = intakes[plan.protocol].metrics
        self._limits: LimitWatch | None = None
        self._plan = plan
        self._logger = logger
        self._requests = NativeRequests(plan, intakes, logger)
        answer = self._requests.answer
        self._measured = measured(self._metrics)
        self._answer = MeasuredAnswers(answer, plan, self._metrics) if self._measured else answer
        self._crew: Crew[int, Taken] = Crew(self._handle, self._leave)
        self._ingress: Any = None
        self._listeners: Listeners | None = None
        self._serving = False
        self._taken: list[int] = []
        self._others: list[tuple[int, Ready]] = []
        self._flushing = False
        self._reload: asyncio.Task[None] | None = None

    async def start(self, host: Host) -> None:
        """Listen; `StartError` when the endpoint or the certificates cannot be used."""
        own = self._plan.own
        refuse_middlewares(own.middlewares)
        self._requests.authenticator = server_authenticator(host, own.auth)
        module = native_module()
        if module is None:
            raise StartError("the native extension is not built")
        ingress = module.Ingress(self._plan.settings)
        if own.tls is not None:
            load_certificates(ingress, own.tls)
        self._ingress = ingress
        await self._listen(ingress)
        self._serving = True
        self._host = host
        self._limits = LimitWatch(self._limit_hits, self._logger, self._troubled)
        self._limits.show(self._metrics, self._receiver, self._plan.protocol)
        self._limits.start()
        asyncio.get_running_loop().add_reader(ingress.fileno(), self._take)
        if own.tls is not None:
            self._reload = asyncio.create_task(keep_certificates(ingress, own.tls, self._logger, self._troubled))
        self._logger.info("Starting %s server", self._plan.protocol.upper(), extra={"endpoint": own.endpoint, "port": self.port})

    async def stop(self) -> None:
        """Send GOAWAY, so that clients go elsewhere with what they send next, and answer what they sent."""
        ingress = self._ingress
        if not self._serving:
            return
        self._serving = False
        if self._limits is not None:
            self._limits.stop()
        ingress.stop()
        if self._listeners is not None:
            self._listeners.release()
        await _drained(ingress)
        asyncio.get_running_loop().remove_reader(ingress.fileno())
        if self._reload is not None:
            self._reload.cancel()
        ingress.close()
        await self._crew.dismiss()

    async def _listen(self, ingress: Any) -> None:
        own = self._plan.own
        try:
            address = parse_endpoint(own.endpoint, own.transport)
        except ValueError as error:
            raise StartError(str(error)) from error
        bound: list[socket.socket] = []
        try:
            if isinstance(address, UnixAddress):
                bound = [unix_socket(address.path)]
            else:
                self._listeners = await open_listeners(address, everywhere=self._everywhere)
                self.port, bound = self._listeners.port, self._listeners.sockets
            for one in bound:
                one.listen(BACKLOG)
        except OSError as error:
            for one in bound:
                one.close()
            if self._listeners is not None:
                self._listeners.release()
            raise StartError(f"listen {own.transport} {own.endpoint}: {error.strerror or error}") from error
        ingress.start([one.detach() for one in bound], isinstance(address, UnixAddress))

    def _take(self) -> None:
        """Answer what the pipelines take at once; the crew handles what they do not."""
        taken: list[Taken] = self._ingress.take(_MOST)
        if not taken and self._ingress.failure is not None and self._host is not None:
            self._host.report_fatal(self._receiver, StartError(f"{self._plan.own.endpoint}: {self._ingress.failure}"))
        waiting = taken if self._measured else self._wait_for(taken)
        self._crew.give((one[0], one) for one in waiting)
        for token in self._ingress.given_up():
            self._crew.cancel(token)
        if self._taken or self._others:
            self._flush()

    @property
    def unanswered(self) -> int:
        """Requests that are held, those that their clients gave up among them."""
        return int(self._ingress.unanswered)

    def _limit_hits(self) -> dict[str, int]:
        hits: dict[str, int] = self._ingress.limit_hits()
        hits["body_size"] += self._requests.too_large
        return hits

    def _troubled(self, reason: str) -> None:
        """Report the receiver's health: an empty reason is OK."""
        if self._host is not None:
            status = Status.RECOVERABLE_ERROR if reason else Status.OK
            self._host.report_status(ComponentKind.RECEIVER, self._receiver, status, reason)

    def _wait_for(self, requests: Iterable[Taken]) -> list[Taken]:
        """Return the requests that take waiting, after answering all others."""
        waiting = []
        for taken in requests:
            ready = self._requests.answer_now(taken)
            if ready is LATER:
                waiting.append(taken)
            elif ready is None:
                self._taken.append(taken[0])
            else:
                self._others.append((taken[0], ready))
        return waiting

    async def _handle(self, taken: Taken) -> None:
        token, kind = taken[0], taken[1]
        ready: Ready | None = OVERLOADED[min(kind, 2)]  # when cancelled: the sender tries again
        try:
            ready = await self._answer(taken)
        finally:
            if ready is None:
                self._taken.append(token)
            else:
                self._others.append((token, ready))
            self._flush_soon()

    def _leave(self, taken: Taken) -> None:
        """Answer a request that was given up before it was begun: nobody hears it, but its part of the budget is free."""
        self._others.append((taken[0], OVERLOADED[min(taken[1], 2)]))
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """Answer all that became ready in this turn of the event loop, at once."""
        self._flushing = False
        if not (self._taken or self._others):
            return  # they went with what was just taken
        taken, self._taken = self._taken, []
        others, self._others = self._others, []
        self._ingress.answer(taken, others)


async def _drained(ingress: Any) -> None:
    """Return when all connections have ended, or soon after the last request has, or after STOP_SECONDS."""
    end = time.monotonic() + STOP_SECONDS
    busy = time.monotonic()
    while ingress.connections and time.monotonic() < end:
        if ingress.in_progress:
            busy = time.monotonic()
        elif time.monotonic() - busy > _FLUSH_SECONDS:
            return
        await asyncio.sleep(_LOOK_SECONDS)
