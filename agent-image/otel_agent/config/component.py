"""Identity and description of components: ids, kinds and the light record each component package exports as COMPONENT."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable


class ComponentKind(StrEnum):
    """The five kinds of component; the value is the section name without its plural s."""

    RECEIVER = "receiver"
    PROCESSOR = "processor"
    EXPORTER = "exporter"
    CONNECTOR = "connector"
    EXTENSION = "extension"

    @property
    def section(self) -> str:
        """Key of the configuration section."""
        return f"{self.value}s"


class Placement(StrEnum):
    """Where instances of a component run when several workers share the collector's work (`otelcol --workers`)."""

    EVERY_WORKER = "every worker"
    """An instance each: it holds nothing that only one process can have, or shares it (`otel_agent.transport.sharing`)."""
    FIRST_WORKER = "first worker"
    """One instance, because it polls something or owns it. Only for receivers and extensions, which nobody hands data to."""
    SUPERVISOR = "supervisor"
    """One instance in the supervising process, which knows the state of all workers. Only for extensions."""
    ONE_PROCESS = "one process"
    """Everything that leads to it runs in one process: it must see all the data, or owns a file or the like."""


@dataclass(frozen=True, slots=True, order=True)
class ComponentId:
    """`type` or `type/name`."""

    type: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.type}/{self.name}" if self.name else self.type


@dataclass(frozen=True, slots=True)
class ComponentInfo:
    """Describes a component type without importing its implementation.

    `config` and `factory` are "module:attribute" references: the config model must import nothing but `otel_agent.config`,
    so that the operator can check configurations without the engine.
    """

    kind: ComponentKind
    type: str
    stability: Mapping[str, str]
    """Signal ("traces", "metrics", "logs", or "extension") to stability level ("stable", "beta", "alpha", "development")."""
    config: str
    """Reference to a ConfigModel subclass."""
    factory: str
    """Reference to `create(config, context: BuildContext) -> Component`."""
    aliases: tuple[str, ...] = field(default=())
    """Other accepted type names; using one that is deprecated logs a warning."""
    placement: Placement | None = None
    """Behaviour under several workers. A type that says nothing runs once: receivers in the first worker, anything else keeps
    what leads to it in one process. A config model may tell more of its case, see `PlacedConfig`."""


@runtime_checkable
class PlacedConfig(Protocol):
    """A config model with settings that do not allow the placement of its type."""

    def restricted_placement(self) -> Placement | None:
        """Return the placement that these settings demand; None for that of the type."""
        ...
