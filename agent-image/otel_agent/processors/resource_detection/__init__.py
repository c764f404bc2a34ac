"""Finds out what the collector runs on, and adds that to every resource."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="resource_detection",
    aliases=("resourcedetection",),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.resource_detection.config:ResourceDetectionConfig",
    factory="otel_agent.processors.resource_detection.factory:create",
    placement=Placement.EVERY_WORKER,
)
