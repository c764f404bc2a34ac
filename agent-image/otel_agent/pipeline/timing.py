"""Measures how long a processor itself takes with a request, without what comes after it (level detailed only)."""

import time
from contextvars import ContextVar

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.telemetry.instruments import Counter, Histogram


class _Stay:
    """One request's stay in a processor; `outside` are the seconds spent in what comes after it."""

    __slots__ = ("outside",)

    def __init__(self) -> None:
        self.outside = 0.0


_stay: ContextVar[_Stay | None] = ContextVar("stay", default=None)
"""Stay that the running code belongs to. Tasks of a processor's own (batch senders) belong to none that is measured."""


class TimedEntry:
    """The way into a processor: counts items, and records the seconds of the stay once it is over."""

    def __init__(self, consumer: Consumer, incoming: Counter, duration: Histogram) -> None:
        self._consumer = consumer
        self._incoming = incoming
        self._duration = duration

    async def consume(self, telemetry: Telemetry) -> None:
        """Pass on to the processor."""
        self._incoming.value += telemetry.items
        stay = _Stay()
        token = _stay.set(stay)
        began = time.perf_counter()
        try:
            await self._consumer.consume(telemetry)
        finally:
            _stay.reset(token)
            self._duration.record(max(time.perf_counter() - began - stay.outside, 0.0))


class TimedExit:
    """The way out of a processor: notes the time spent beyond it."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def consume(self, telemetry: Telemetry) -> None:
        """Pass on to what comes next."""
        stay = _stay.get()
        began = time.perf_counter()
        try:
            await self._consumer.consume(telemetry)
        finally:
            if stay is not None:
                stay.outside += time.perf_counter() - began
