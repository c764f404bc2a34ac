"""Writes telemetry to the collector's log."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="debug",
    aliases=(),
    stability={"traces": "alpha", "metrics": "alpha", "logs": "alpha"},
    config="otel_agent.exporters.debug.config:DebugConfig",
    factory="otel_agent.exporters.debug.factory:create",
    placement=Placement.EVERY_WORKER,
)
