"""Changes telemetry by statements of OTTL."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="transform",
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.transform.config:TransformConfig",
    factory="otel_agent.processors.transform.factory:create",
    placement=Placement.EVERY_WORKER,
)
