"""Checks and adds user names and passwords."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="basic_auth",
    aliases=("basicauth",),
    stability={"extension": "beta"},
    config="otel_agent.extensions.basic_auth.config:BasicAuthConfig",
    factory="otel_agent.extensions.basic_auth.factory:create",
    placement=Placement.EVERY_WORKER,
)
