"""Finds spans from the future, or from long ago: clocks that are wrong."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="clock_skew",
    aliases=(),
    stability={"traces": "alpha"},
    config="otel_agent.processors.clock_skew.config:ClockSkewConfig",
    factory="otel_agent.processors.clock_skew.factory:create",
    placement=Placement.EVERY_WORKER,
)
