"""Passes telemetry of one pipeline on to others of the same signal."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.CONNECTOR,
    type="forward",
    stability={"traces_to_traces": "beta", "metrics_to_metrics": "beta", "logs_to_logs": "beta"},
    config="otel_agent.connectors.forward.config:ForwardConfig",
    factory="otel_agent.connectors.forward.factory:create",
    placement=Placement.EVERY_WORKER,
)
