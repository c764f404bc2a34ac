"""Counts and times spans: request rate, errors and durations of each operation."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.CONNECTOR,
    type="span_metrics",
    aliases=("spanmetrics",),
    stability={"traces_to_metrics": "alpha"},
    config="otel_agent.connectors.span_metrics.config:SpanMetricsConfig",
    factory="otel_agent.connectors.span_metrics.factory:create",
    placement=Placement.ONE_PROCESS,
)
