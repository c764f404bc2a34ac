"""Makes zpages extensions."""

from otel_agent.extensions.zpages.config import ZPagesConfig
from otel_agent.extensions.zpages.extension import ZPages
from otel_agent.pipeline.component import BuildContext, Component


def create(config: ZPagesConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return ZPages(config, context.logger)
