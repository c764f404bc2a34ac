"""Identity and description of components: ids, kinds and the light record each component package exports as COMPONENT."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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
