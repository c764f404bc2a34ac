"""Tells agents of traces in the order in which they are made, a few requests at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from grpc import StatusCode, aio

from tests.soak.tail_sampling.load import TRACES_PER_REQUEST, Load, Request
from tests.soak.tail_sampling.sink import SERVICE

IN_FLIGHT = 4
"""Requests on their way to each agent; as many more wait for it, then all agents get nothing new."""
_TIMEOUT = 60.0
_PAUSE = 0.2
"""Seconds before a refused request is sent again, as SDKs do it."""


class Senders:
    """Sends so many traces, at so many a second at most; no rate (0) is as fast as they are taken."""

    def __init__(self, load: Load, ports: Sequence[int], traces: int, rate: float) -> None:
        self.refusals = 0
        self._load = load
        self._ports = ports
        self._traces = traces
        self._rate = rate
        self._queues: list[asyncio.Queue[Request | None]] = [asyncio.Queue(IN_FLIGHT) for _ in ports]

    async def run(self) -> None:
        """Send everything; raises what an agent must not answer to a good request."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._make())
            for number in range(len(self._ports)):
                for _ in range(IN_FLIGHT):
                    group.create_task(self._send(number))

    async def _make(self) -> None:
        began = time.monotonic()
        for number, request in enumerate(self._load.requests(self._traces)):
            if self._rate:
                await asyncio.sleep(max(began + number * TRACES_PER_REQUEST / self._rate - time.monotonic(), 0))
            await self._queues[request.agent].put(request)
        for queue in self._queues:
            for _ in range(IN_FLIGHT):
                await queue.put(None)

    async def _send(self, number: int) -> None:
        async with aio.insecure_channel(f"127.0.0.1:{self._ports[number]}") as channel:
            method = channel.unary_unary(f"/{SERVICE}/Export", None, None)
            while (request := await self._queues[number].get()) is not None:
                traces = [self._load.traces[trace_id] for trace_id in request.traces]
                now = time.monotonic()
                for trace in traces:
                    trace.began = trace.began or now
                while not await self._taken(method, request.body):
                    self.refusals += 1
                    await asyncio.sleep(_PAUSE)
                now = time.monotonic()
                for trace in traces:
                    trace.ended = now

    async def _taken(self, method: aio.UnaryUnaryMultiCallable[bytes, bytes], body: bytes) -> bool:
        try:
            await method(body, timeout=_TIMEOUT)
        except aio.AioRpcError as error:
            if error.code() is not StatusCode.UNAVAILABLE:
                raise
            return False
        return True
