"""Senders of the soak: clients that keep a request until it is acknowledged, as SDKs and agents do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

import aiohttp
from grpc import StatusCode, aio

from tests.soak.persistent_queue import MAX_ITEMS, Numbers, request_of
from tests.soak.receiving import LOGS

_PAUSE = 0.2
"""Seconds before a refused request is sent again."""
_TIMEOUT = 30.0
_AGAIN = (429, 502, 503, 504)
_AGAIN_CODES = (StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED, StatusCode.DEADLINE_EXCEEDED)


@dataclass
class Acknowledged:
    """What the collector has said it has."""

    numbers: set[int] = field(default_factory=set)
    refusals: int = 0
    faults: list[str] = field(default_factory=list)
    """Answers that a sender must not get to a good request."""


class Senders:
    """A load of a steady rate over both protocols; `stop` lets each end the request that it has."""

    def __init__(self, http: int, grpc: int, numbers: Numbers, acknowledged: Acknowledged, dice: Random, rate: float) -> None:
        self._url = f"http://127.0.0.1:{http}/v1/logs"
        self._target = f"127.0.0.1:{grpc}"
        self._numbers = numbers
        self._acknowledged = acknowledged
        self._dice = dice
        self._pause = 1 / rate
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, each: int) -> None:
        """Begin, with so many senders of each protocol, each of which sends its share of the rate."""
        self._pause *= 2 * each
        for way in (self._by_http, self._by_grpc):
            self._tasks += [asyncio.create_task(way()) for _ in range(each)]

    async def stop(self, seconds: float) -> int:
        """Take nothing new, wait for the answers; return how many senders had none in time."""
        self._stopping = True
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return len(late)

    async def _by_http(self) -> None:
        headers = {"Content-Type": "application/x-protobuf"}
        timeout = aiohttp.ClientTimeout(_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:

            async def send(body: bytes) -> bool:
                try:
                    async with session.post(self._url, data=body, headers=headers) as answer:
                        if answer.status not in (200, *_AGAIN):
                            self._acknowledged.faults.append(f"HTTP {answer.status}: {await answer.text()}")
                        return answer.status == 200
                except (aiohttp.ClientError, TimeoutError) as error:
                    self._acknowledged.faults.append(f"HTTP: {error!r}")
                    return False

            await self._send_all(send)

    async def _by_grpc(self) -> None:
        async with aio.insecure_channel(self._target) as channel:
            method: Callable[..., aio.UnaryUnaryCall[bytes, bytes]] = channel.unary_unary(f"/{LOGS}/Export", None, None)

            async def send(body: bytes) -> bool:
                try:
                    await method(body, timeout=_TIMEOUT)
                except aio.AioRpcError as error:
                    if error.code() not in _AGAIN_CODES:
                        self._acknowledged.faults.append(f"gRPC {error.code()}: {error.details()}")
                    return False
                return True

            await self._send_all(send)

    async def _send_all(self, send: Callable[[bytes], Awaitable[bool]]) -> None:
        while not self._stopping:
            taken = self._numbers.take(self._dice.randint(1, MAX_ITEMS))
            body = request_of(taken)
            while not await send(body):
                self._acknowledged.refusals += 1
                await asyncio.sleep(_PAUSE)
            self._acknowledged.numbers.update(taken)
            await asyncio.sleep(self._pause * self._dice.uniform(0.5, 1.5))
