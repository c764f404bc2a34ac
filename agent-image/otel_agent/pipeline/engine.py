"""What runs the pipelines: a graph in this process, or workers. The service around them is the same."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from otel_agent.config.document import Config
from otel_agent.pipeline.catalog import Catalog
from otel_agent.pipeline.collector import Changes, Collector
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.tracing import Finish
from otel_agent.telemetry.metrics import Level, SelfMetrics
from otel_agent.telemetry.process import register_process_metrics


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

    own_pipelines: bool
    """Whether the pipelines run in this process."""

    def metrics(self, level: Level) -> SelfMetrics:
        """Make the registry that shows the collector's own metrics."""
        ...

    def engine(
        self,
        catalog: Catalog,
        metrics: SelfMetrics,
        resource: Mapping[str, str],
        shutdown_seconds: float,
        finish: Finish | None,
    ) -> Engine:
        """Make what runs the pipelines; `metrics` is what `metrics` made."""
        ...


class OneProcess:
    """The usual case."""

    own_pipelines = True

    def metrics(self, level: Level) -> SelfMetrics:
        """Make a plain registry."""
        metrics = SelfMetrics(level)
        register_process_metrics(metrics)
        return metrics

    def engine(
        self,
        catalog: Catalog,
        metrics: SelfMetrics,
        resource: Mapping[str, str],
        shutdown_seconds: float,
        finish: Finish | None,
    ) -> Engine:
        """Run the graph here."""
        return Collector(catalog, metrics, shutdown_seconds, finish)
