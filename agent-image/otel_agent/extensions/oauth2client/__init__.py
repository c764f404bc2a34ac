"""Fetches OAuth 2.0 tokens by client credentials and adds them to what exporters send."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="oauth2client",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.oauth2client.config:OAuth2ClientConfig",
    factory="otel_agent.extensions.oauth2client.factory:create",
    placement=Placement.EVERY_WORKER,
)
