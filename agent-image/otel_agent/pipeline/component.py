"""What the engine asks of a component, and what it gives one: the seam between engine and components."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.seat import Seat
from otel_agent.pipeline.status import Status
from otel_agent.telemetry.metrics import SelfMetrics


class Consumer(Protocol):
    """Anything that takes telemetry: a processor, an exporter, a fan-out."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Take responsibility for `telemetry`, or raise `ConsumeError` and leave it with the caller."""
        ...


@runtime_checkable
class Router(Consumer, Protocol):
    """What a connector hands telemetry of one signal to: `consume` reaches every pipeline behind it, `route` some of them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the pipelines, as text (`traces/a`), in the order of the configuration."""
        ...

    def route(self, *names: str) -> Consumer:
        """Return a consumer that reaches these pipelines only; to be made once and kept, a reload points it elsewhere itself.

        ValueError names ids that are no pipeline of the signal with this connector as a receiver.
        """
        ...


@runtime_checkable
class PromptConsumer(Protocol):
    """A consumer that can mostly take telemetry without waiting: such requests then cost no coroutine at any stage.

    It has `consume` as well. Both do and count the same; `consume_now` is there to be quick.
    """

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Take responsibility for `telemetry` and return True, or raise `ConsumeError` and leave it with the caller.

        False says that it would have to wait, or cannot tell: then nothing has been taken or counted, and the caller goes on with
        `consume`.
        """
        ...


class Host(Protocol):
    """What a running component may ask of the collector around it."""

    def extension(self, component_id: ComponentId) -> Any:
        """Return a started extension; KeyError when it is not in service.extensions."""
        ...

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        """Stop the collector with exit code 1."""
        ...

    def report_status(self, kind: ComponentKind, component_id: ComponentId, status: Status, error: str = "") -> None:
        """Record that a component's health changed."""
        ...


@runtime_checkable
class InspectableHost(Protocol):
    """A host that shows the whole collector, for diagnostic extensions."""

    @property
    def overview(self) -> Overview:
        """What the collector tells about itself."""
        ...


@runtime_checkable
class PipelineWatcher(Protocol):
    """An extension that wants to know when the pipelines take data and when they no longer do."""

    def pipelines_ready(self) -> None:
        """Take note that all components have started."""
        ...

    def pipelines_not_ready(self) -> None:
        """Take note that the collector is stopping; receivers still run."""
        ...


@runtime_checkable
class Overlapping(Protocol):
    """A component whose replacement may start while it still runs: True unless it holds a port, a file, or the like.

    What does not say so is stopped before its replacement starts, and requests for it wait meanwhile.
    """

    @property
    def overlaps(self) -> bool:
        """Whether two of them can run side by side; a class attribute will do."""
        ...


@runtime_checkable
class HandingOver(Protocol):
    """A component that gives what it could not send in time to the one that replaces it, where it would lose it otherwise."""

    successor: Consumer | None
    """Set, before the shutdown, to the running replacement; None when there is none."""


class Component(Protocol):
    """Lifecycle of every component. `start` raises on failure; `shutdown` finishes what was accepted, then returns."""

    async def start(self, host: Host) -> None:
        """Begin work; must not wait for peers to be reachable."""
        ...

    async def shutdown(self) -> None:
        """Stop taking new data, hand on everything accepted, release resources. Idempotent."""
        ...


class Processor(Component, Consumer, Protocol):
    """A component in the middle of a pipeline."""


class Connector(Component, Consumer, Protocol):
    """A component that ends pipelines as an exporter does, and begins others as a receiver does."""


class Exporter(Component, Consumer, Protocol):
    """A component at the end of a pipeline."""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """Everything a factory gets besides its own config."""

    id: ComponentId
    kind: ComponentKind
    signal: Signal | None
    """What comes in, for processors, exporters and connectors (an instance a signal); None for extensions and receivers."""
    pipeline: str
    """Pipeline id for processors, otherwise empty."""
    logger: logging.Logger
    metrics: SelfMetrics
    consumers: dict[Signal, Consumer]
    """What comes next. Receivers: by signal that some pipeline takes from it. Processors, connectors: one entry. Else empty."""
    shared: Callable[[object, Callable[[], Any]], Any]
    """`shared(key, make)`: one object for all instances with an equal key (memory_limiter state per id)."""
    seat: Seat = field(default_factory=Seat)
    """Which of several workers this is."""

    def router(self, signal: Signal) -> Router:
        """Return what a connector that chooses among pipelines sends a signal to; KeyError when there are none."""
        consumer = self.consumers[signal]
        if not isinstance(consumer, Router):
            raise TypeError(f"only connectors choose among pipelines, {self.id} is a {self.kind}")
        return consumer
