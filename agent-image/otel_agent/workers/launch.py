"""Begins a collector with several workers: what has to be there before the fork, the fork, and the supervisor."""

import asyncio
import os
import socket
from contextlib import suppress

from otel_agent.config.document import Config
from otel_agent.config.registry import installed_registry
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.engine import Engine
from otel_agent.pipeline.errors import CollectorError
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.own_telemetry import OwnTelemetry, Part
from otel_agent.telemetry.metrics import Level, SelfMetrics
from otel_agent.telemetry.process import register_process_metrics
from otel_agent.workers.nursery import start_nursery
from otel_agent.workers.placement import plan
from otel_agent.workers.roster import Roster
from otel_agent.workers.supervisor import Supervisor
from otel_agent.workers.team_metrics import TeamMetrics
from otel_agent.workers.worker import Team, serve

Loop = type[asyncio.AbstractEventLoop] | None


class SeveralProcesses:
    """The `Processes` of a supervisor with its nursery and workers."""

    def __init__(self, nursery: socket.socket, size: int, roster: Roster) -> None:
        self._nursery = nursery
        self._size = size
        self._roster = roster
        self.part = Part(spans=False, registry=self._team_metrics)

    def _team_metrics(self, level: Level) -> SelfMetrics:
        """Show all workers as one collector."""
        metrics = TeamMetrics(level)
        register_process_metrics(metrics, self._roster.usage)
        return metrics

    def engine(self, catalog: Catalog, own: OwnTelemetry, shutdown_seconds: float) -> Engine:
        """Run the pipelines in workers."""
        metrics = own.metrics
        assert isinstance(metrics, TeamMetrics)
        return Supervisor(self._nursery, self._size, self._roster, catalog, metrics, own.part.instance, shutdown_seconds)


def why_one_process(config: Config) -> str | None:
    """Return why several workers would not help this configuration; None when they do."""
    made = plan(config, installed_registry())
    if made.shared or not made.reasons:
        return None
    pipeline, reason = next(iter(made.reasons.items()))
    return f'pipeline "{pipeline}": {reason}'


def fork(config: Config, size: int, loop: Loop) -> SeveralProcesses | None:
    """Import what the configuration needs and start the nursery; None when a component has begun threads, which a fork breaks.

    The process must not have an event loop yet.
    """
    registry = installed_registry()
    with suppress(CollectorError):  # said by the supervisor, where there is a log
        build(config, registry, SelfMetrics())
    if len(os.listdir("/proc/self/task")) > 1:
        return None
    roster = Roster(size + 2)
    team = Team(size, roster, registry)

    def main(number: int, messages: socket.socket, ports: socket.socket) -> int:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(serve(team, number, messages, ports))

    pid, nursery = start_nursery(main)
    roster.enter(0, os.getpid())
    roster.enter(1, pid)
    return SeveralProcesses(nursery, size, roster)
