"""Makes filter processors."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.filter.config import FilterConfig
from otel_agent.processors.filter.processor import FilterProcessor


def create(config: FilterConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    return FilterProcessor(config, context)
