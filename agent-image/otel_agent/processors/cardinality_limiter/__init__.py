"""Bounds the number of series of each metric; what is beyond goes into one overflow series."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="cardinality_limiter",
    aliases=(),
    stability={"metrics": "alpha"},
    config="otel_agent.processors.cardinality_limiter.config:CardinalityLimiterConfig",
    factory="otel_agent.processors.cardinality_limiter.factory:create",
    placement=Placement.ONE_PROCESS,
)
