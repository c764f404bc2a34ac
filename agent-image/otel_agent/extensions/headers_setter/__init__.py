"""Adds headers taken from the context of the data to what exporters send."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="headers_setter",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.headers_setter.config:HeadersSetterConfig",
    factory="otel_agent.extensions.headers_setter.factory:create",
    placement=Placement.EVERY_WORKER,
)
