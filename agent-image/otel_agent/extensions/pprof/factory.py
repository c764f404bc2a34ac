"""Makes pprof extensions."""

from otel_agent.extensions.pprof.config import PprofConfig
from otel_agent.extensions.pprof.extension import Pprof
from otel_agent.pipeline.component import BuildContext, Component


def create(config: PprofConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return Pprof(config, context.logger)
