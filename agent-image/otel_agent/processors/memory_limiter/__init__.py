"""Refuses data while the process uses too much memory."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="memory_limiter",
    aliases=(),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.memory_limiter.config:MemoryLimiterConfig",
    factory="otel_agent.processors.memory_limiter.factory:create",
    placement=Placement.EVERY_WORKER,
)
