"""Pushes logs to Grafana Loki."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="loki",
    stability={"logs": "beta"},
    config="otel_agent.exporters.loki.config:LokiExporterConfig",
    factory="otel_agent.exporters.loki.factory:create",
    placement=Placement.EVERY_WORKER,
)
