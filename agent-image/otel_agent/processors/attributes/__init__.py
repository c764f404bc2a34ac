"""Changes the attributes of spans, log records and data points."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="attributes",
    aliases=(),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.attributes.config:AttributesConfig",
    factory="otel_agent.processors.attributes.factory:create",
    placement=Placement.EVERY_WORKER,
)
