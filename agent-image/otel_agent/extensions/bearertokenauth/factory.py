"""Makes bearertokenauth extensions."""

from otel_agent.extensions.bearertokenauth.config import BearerTokenAuthConfig
from otel_agent.extensions.bearertokenauth.extension import BearerTokenAuth
from otel_agent.pipeline.component import BuildContext, Component


def create(config: BearerTokenAuthConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return BearerTokenAuth(config, context.logger)
