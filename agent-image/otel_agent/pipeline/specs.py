"""What the graph reads of a configuration, as protocols, so that tests can build one from plain values."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from otel_agent.config.component import ComponentId
from otel_agent.config.ids import PipelineId


class PipelineSpec(Protocol):
    """The lists of one pipeline."""

    @property
    def receivers(self) -> Sequence[ComponentId]:
        """Receivers ids, in configured order."""
        ...

    @property
    def processors(self) -> Sequence[ComponentId]:
        """Processors ids, in configured order."""
        ...

    @property
    def exporters(self) -> Sequence[ComponentId]:
        """Exporters ids, in configured order."""
        ...


class ServiceSpec(Protocol):
    """The part of `service` that shapes the graph."""

    @property
    def extensions(self) -> Sequence[ComponentId]:
        """Extensions ids, in configured order."""
        ...

    @property
    def pipelines(self) -> Mapping[PipelineId, PipelineSpec]:
        """Pipelines by id."""
        ...


class ConfigSpec(Protocol):
    """A decoded and checked configuration."""

    @property
    def receivers(self) -> Mapping[ComponentId, Any]:
        """Receivers configs by id."""
        ...

    @property
    def processors(self) -> Mapping[ComponentId, Any]:
        """Processors configs by id."""
        ...

    @property
    def exporters(self) -> Mapping[ComponentId, Any]:
        """Exporters configs by id."""
        ...

    @property
    def connectors(self) -> Mapping[ComponentId, Any]:
        """Connectors configs by id."""
        ...

    @property
    def extensions(self) -> Mapping[ComponentId, Any]:
        """Extensions configs by id."""
        ...

    @property
    def service(self) -> ServiceSpec:
        """Service section."""
        ...
