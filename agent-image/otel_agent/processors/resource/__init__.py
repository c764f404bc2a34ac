"""Changes the attributes of resources."""  # noqa: A005 -- the type is called so

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="resource",
    aliases=(),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.resource.config:ResourceConfig",
    factory="otel_agent.processors.resource.factory:create",
    placement=Placement.EVERY_WORKER,
)
