"""Checks and adds bearer tokens."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="bearertokenauth",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.bearertokenauth.config:BearerTokenAuthConfig",
    factory="otel_agent.extensions.bearertokenauth.factory:create",
    placement=Placement.EVERY_WORKER,
)
