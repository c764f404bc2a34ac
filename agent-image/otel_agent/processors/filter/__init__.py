"""Drops spans, span events, metrics, data points and log records that meet a condition."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="filter",
    stability={"traces": "alpha", "metrics": "alpha", "logs": "alpha"},
    config="otel_agent.processors.filter.config:FilterConfig",
    factory="otel_agent.processors.filter.factory:create",
    placement=Placement.EVERY_WORKER,
)
