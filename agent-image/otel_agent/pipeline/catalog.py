"""Finds what builds a component type; the graph asks this and so does not care how components are installed."""

from collections.abc import Callable
from typing import Any, Protocol

from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.pipeline.component import BuildContext

Create = Callable[[Any, BuildContext], Any]
"""`create(config, context) -> Component` of a component's factory module."""


class Catalog(Protocol):
    """Component types by kind and configured type name (current or alias)."""

    def info(self, kind: ComponentKind, type_name: str) -> ComponentInfo:
        """Return the description of a type; KeyError when there is none."""
        ...

    def create(self, kind: ComponentKind, type_name: str) -> Create:
        """Import and return the factory of a type."""
        ...
