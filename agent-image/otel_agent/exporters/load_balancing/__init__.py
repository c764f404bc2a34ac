"""Sends each trace, service or metric stream always to the same one of several backends."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="load_balancing",
    aliases=("loadbalancing",),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.exporters.load_balancing.config:LoadBalancingExporterConfig",
    factory="otel_agent.exporters.load_balancing.factory:create",
    placement=Placement.EVERY_WORKER,
)
