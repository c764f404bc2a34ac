"""Stamps telemetry with the name of the team that is on call."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

# Light on purpose: `otelcol components` and the operator's checks read it without loading the implementation.
COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="stamp",
    stability={"traces": "alpha", "metrics": "alpha", "logs": "alpha"},
    config="acme_otel.stamp.config:StampConfig",
    factory="acme_otel.stamp.processor:create",
    placement=Placement.EVERY_WORKER,
)
