"""What the supervisor and a worker tell each other."""

from dataclasses import dataclass

from otel_agent.config.document import Config
from otel_agent.pipeline.collector import Changes
from otel_agent.pipeline.seat import Spread
from otel_agent.pipeline.status import StatusEvent
from otel_agent.telemetry.metrics import Family


@dataclass(frozen=True, slots=True)
class Start:
    """Run this. The first message to a worker."""

    config: Config
    spread: Spread
    instance: str
    """Default of service.instance.id."""
    shutdown_seconds: float


@dataclass(frozen=True, slots=True)
class Swap:
    """Run this instead."""

    config: Config
    spread: Spread


@dataclass(frozen=True, slots=True)
class Report:
    """Send your metrics."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Hand on what you have, within so many seconds, and end."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything has started."""


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The configuration does not start here; the worker ends."""

    reason: str


@dataclass(frozen=True, slots=True)
class Swapped:
    """The new configuration runs."""

    changes: Changes


@dataclass(frozen=True, slots=True)
class SwapRefused:
    """The new configuration cannot run; the old one does if `running`."""

    reason: str
    running: bool


@dataclass(frozen=True, slots=True)
class Metrics:
    """Values of now, as plain instruments."""

    families: list[Family]


@dataclass(frozen=True, slots=True)
class Health:
    """An instance's state has changed."""

    event: StatusEvent


@dataclass(frozen=True, slots=True)
class Failed:
    """A component has failed for good: the collector has to end."""

    reason: str


ToWorker = Start | Swap | Report | Stop
FromWorker = Ready | NotStarted | Swapped | SwapRefused | Metrics | Health | Failed
