"""Joins requests into larger ones by count or by time."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="batch",
    aliases=(),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.batch.config:BatchConfig",
    factory="otel_agent.processors.batch.factory:create",
    placement=Placement.EVERY_WORKER,
)
