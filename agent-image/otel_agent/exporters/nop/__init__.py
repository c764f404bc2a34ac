"""Takes everything and does nothing with it."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="nop",
    aliases=(),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.exporters.nop.config:NopConfig",
    factory="otel_agent.exporters.nop.factory:create",
    placement=Placement.EVERY_WORKER,
)
