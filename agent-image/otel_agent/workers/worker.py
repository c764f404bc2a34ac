"""A worker: a complete collector that does what the supervisor says."""

import asyncio
import logging
import socket
from dataclasses import dataclass

from otel_agent.config.registry import Registry
from otel_agent.pipeline.collector import Collector
from otel_agent.pipeline.errors import CollectorError
from otel_agent.pipeline.own_telemetry import OwnTelemetry, Part
from otel_agent.pipeline.seat import Seat
from otel_agent.pipeline.status import StatusEvent
from otel_agent.telemetry.footprint import settle_memory
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.transport.sharing import share_ports
from otel_agent.workers.channel import Channel
from otel_agent.workers.merging import frozen
from otel_agent.workers.messages import (
    Failed,
    Health,
    Metrics,
    NotStarted,
    Ready,
    Report,
    Start,
    Stop,
    Swap,
    Swapped,
    SwapRefused,
)
from otel_agent.workers.roster import Roster
from otel_agent.workers.shared_ports import SharedPorts

_ORPHAN_SECONDS = 5.0
"""To hand on what is there when the supervisor has gone: another collector may be about to take its place."""
_SWAP_GRACE_SECONDS = 5.0
"""What a swap that is under way gets at the end: interrupted, it could not let what it replaces finish."""
_log = logging.getLogger("otelcol.worker")


@dataclass(frozen=True, slots=True)
class Team:
    """What all workers have in common, from before the fork."""

    size: int
    roster: Roster
    registry: Registry


async def serve(team: Team, number: int, messages: socket.socket, ports: socket.socket) -> int:
    """Run until the supervisor says stop, or has gone; return the exit code."""
    channel = await Channel.over(messages)
    first = await channel.receive()
    if not isinstance(first, Start):
        return 0
    share_ports(SharedPorts(ports))
    own: OwnTelemetry | None = None
    try:
        part = Part(metrics=False, instance=first.instance, log_fields={"worker": number}, registry=SelfMetrics)
        own = OwnTelemetry(first.config.service.telemetry, part)
        await own.start()
        seat = Seat(number, team.size, team.roster.resident_bytes, first.spread)
        collector = Collector(team.registry, own.metrics, first.shutdown_seconds, own.finish, seat)
        return await _Worker(channel, collector, own).run(first)
    except (CollectorError, OSError) as error:
        channel.send(NotStarted(str(error)))
        return 1
    finally:
        await channel.close()
        if own is not None:
            await own.stop()


class _Worker:
    def __init__(self, channel: Channel, collector: Collector, own: OwnTelemetry) -> None:
        self._channel = channel
        self._collector = collector
        self._own = own

    async def run(self, start: Start) -> int:
        """Start, then do what is asked; `CollectorError` or OSError when nothing can be started."""
        self._collector.overview.board.watchers.append(self._tell_health)
        await self._collector.start(start.config)
        settle_memory()
        self._channel.send(Ready())
        watching = asyncio.create_task(self._tell_failure(), name="watch-failure")
        swapping: asyncio.Task[None] | None = None
        seconds = min(_ORPHAN_SECONDS, start.shutdown_seconds)
        while (message := await self._channel.receive()) is not None:
            if isinstance(message, Swap):
                swapping = asyncio.create_task(self._swap(message), name="swap")
            elif isinstance(message, Report):
                self._report()
            elif isinstance(message, Stop):
                seconds = message.seconds
                break
        else:
            _log.error("The supervising process has gone, terminating")
        watching.cancel()
        if swapping is not None and not swapping.done():
            await asyncio.wait([swapping], timeout=min(_SWAP_GRACE_SECONDS, seconds))
            swapping.cancel()
        await self._collector.stop(seconds)
        self._report()
        return 0

    async def _swap(self, swap: Swap) -> None:
        assert self._collector.config is not None
        before = self._collector.config.service.telemetry
        try:
            await self._own.change(swap.config.service.telemetry)
            try:
                changes = await self._collector.swap(swap.config, swap.spread)
            except BaseException:
                await self._own.change(before)
                raise
        except Exception as error:  # noqa: BLE001 -- whatever a component raises: the supervisor decides
            if not isinstance(error, CollectorError | OSError):
                _log.exception("Unexpected error while taking over a configuration")
            self._channel.send(SwapRefused(str(error) or type(error).__name__, self._collector.failed is not None))
        else:
            self._channel.send(Swapped(changes))

    def _report(self) -> None:
        self._channel.send(Metrics(frozen(self._own.metrics.families())))

    def _tell_health(self, event: StatusEvent) -> None:
        self._channel.send(Health(event))

    async def _tell_failure(self) -> None:
        failed = self._collector.failed
        if failed is not None:
            await failed.wait()
            self._channel.send(Failed(self._collector.failure))
