"""What runs the pipelines: a graph in this process, or workers. The service around them is the same."""

import asyncio
from typing import Protocol

from otel_agent.config.document import Config
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.collector import Changes, Collector
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.own_telemetry import OwnTelemetry, Part


class Engine(Protocol):
    """Runs one configuration at a time."""

    overview: Overview
    config: Config | None
    """The configuration that runs."""

    @property
    def failed(self) -> asyncio.Event | None:
        """Set when a component has failed for good; None when no configuration runs."""
        ...

    @property
    def failure(self) -> str:
        """Why `failed` is set."""
        ...

    async def start(self, config: Config) -> None:
        """Start; `CollectorError` when that fails, and then nothing runs."""
        ...

    async def swap(self, config: Config) -> Changes:
        """Run another configuration; `CollectorError` when that is impossible, and then the old one runs."""
        ...

    async def stop(self) -> None:
        """Hand on everything that was accepted, within the time that there is for it, and end. Idempotent."""
        ...


class Processes(Protocol):
    """The processes that a collector consists of."""

    part: Part
    """What of the collector's own telemetry this one makes."""

    def engine(self, catalog: Catalog, own: OwnTelemetry, shutdown_seconds: float) -> Engine:
        """Make what runs the pipelines."""
        ...


class OneProcess:
    """The usual case."""

    def __init__(self) -> None:
        self.part = Part()

    def engine(self, catalog: Catalog, own: OwnTelemetry, shutdown_seconds: float) -> Engine:
        """Run the graph here."""
        return Collector(catalog, own.metrics, shutdown_seconds, own.finish)
