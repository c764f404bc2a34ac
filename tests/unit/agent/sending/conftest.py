"""A peer that answers as told, and exporters around it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig
from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.sending import SendingExporter


class ScriptedPeer:
    """Takes what it is given unless `script` has an error (or a callable) for the attempt; waits while `gate` is closed."""

    def __init__(self) -> None:
        self.script: list[Exception | None] = []
        self.always: Exception | None = None
        self.attempts: list[Telemetry] = []
        self.taken: list[Telemetry] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.opened = self.closed = False
        self._changed = asyncio.Condition()

    async def open(self, host: Host) -> None:
        self.opened = True

    async def close(self) -> None:
        self.closed = True

    async def push(self, telemetry: Telemetry) -> None:
        self.attempts.append(telemetry)
        await self._notify()
        await self.gate.wait()
        error = self.script.pop(0) if self.script else self.always
        if error is not None:
            raise error
        self.taken.append(telemetry)
        await self._notify()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(condition)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    @property
    def names(self) -> Counter[str]:
        return Counter(name for telemetry in self.taken for name in span_names(telemetry))


def span_names(telemetry: Telemetry) -> list[str]:
    request = parse(Signal.TRACES, telemetry.data)
    return [span.name for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


FAST = RetryConfig(initial_interval="0.001s", max_interval="0.002s", randomization_factor=0.0, max_elapsed_time="0.0s")
NO_RETRY = RetryConfig(enabled=False)


@pytest.fixture
async def peer() -> ScriptedPeer:
    return ScriptedPeer()


@pytest.fixture
def names_in() -> Callable[[Telemetry], list[str]]:
    return span_names


@pytest.fixture
async def start(
    peer: ScriptedPeer, make_context: Callable[..., BuildContext], host: Any
) -> AsyncIterator[Callable[..., Awaitable[SendingExporter]]]:
    started: list[SendingExporter] = []

    async def make(
        queue: QueueConfig | None = None, retry: RetryConfig = FAST, timeout: float = 5.0, drain_seconds: float = 5.0
    ) -> SendingExporter:
        exporter = SendingExporter(
            peer=peer,
            timeout=timeout,
            retry=retry,
            queue=queue,
            context=make_context(ComponentKind.EXPORTER, "test"),
            drain_seconds=drain_seconds,
        )
        started.append(exporter)
        await exporter.start(host)
        return exporter

    yield make
    for exporter in started:
        await exporter.shutdown()
