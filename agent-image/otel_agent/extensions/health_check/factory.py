"""Makes health_check extensions."""

from otel_agent.extensions.health_check.config import HealthCheckConfig
from otel_agent.extensions.health_check.extension import HealthCheck
from otel_agent.pipeline.component import BuildContext, Component


def create(config: HealthCheckConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return HealthCheck(config, context.logger)
