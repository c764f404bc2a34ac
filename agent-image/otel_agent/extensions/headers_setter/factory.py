"""Makes headers_setter extensions."""

from otel_agent.extensions.headers_setter.config import HeadersSetterConfig
from otel_agent.extensions.headers_setter.extension import HeadersSetter
from otel_agent.pipeline.component import BuildContext, Component


def create(config: HeadersSetterConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return HeadersSetter(config, context.logger)
