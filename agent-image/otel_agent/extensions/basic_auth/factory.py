"""Makes basic_auth extensions."""

from otel_agent.extensions.basic_auth.config import BasicAuthConfig
from otel_agent.extensions.basic_auth.extension import ClientBasicAuth, ServerBasicAuth
from otel_agent.pipeline.component import BuildContext, Component


def create(config: BasicAuthConfig, context: BuildContext) -> Component:
    """Return the side that is configured."""
    if config.htpasswd is not None:
        return ServerBasicAuth(config.htpasswd)
    assert config.client_auth is not None
    return ClientBasicAuth(config.client_auth, context.logger)
