"""Gives log records the trace they belong to, where only their attributes or body tell it."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="log_correlation",
    aliases=(),
    stability={"logs": "beta"},
    config="otel_agent.processors.log_correlation.config:LogCorrelationConfig",
    factory="otel_agent.processors.log_correlation.factory:create",
    placement=Placement.EVERY_WORKER,
)
