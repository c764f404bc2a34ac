"""Writes telemetry to a file."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="file",
    aliases=(),
    stability={"traces": "alpha", "metrics": "alpha", "logs": "alpha"},
    config="otel_agent.exporters.file.config:FileExporterConfig",
    factory="otel_agent.exporters.file.factory:create",
    placement=Placement.ONE_PROCESS,
)
