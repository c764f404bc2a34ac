"""Answers HTTP health probes."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="health_check",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.health_check.config:HealthCheckConfig",
    factory="otel_agent.extensions.health_check.factory:create",
    placement=Placement.SUPERVISOR,
)
