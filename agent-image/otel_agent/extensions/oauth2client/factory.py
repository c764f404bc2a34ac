"""Makes oauth2client extensions."""

from otel_agent.extensions.oauth2client.config import OAuth2ClientConfig
from otel_agent.extensions.oauth2client.extension import OAuth2Client
from otel_agent.pipeline.component import BuildContext, Component


def create(config: OAuth2ClientConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return OAuth2Client(config, context.logger)
