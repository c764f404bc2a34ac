"""Makes clock_skew processors."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.clock_skew.config import ClockSkewConfig
from otel_agent.processors.clock_skew.processor import ClockSkewProcessor


def create(config: ClockSkewConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    return ClockSkewProcessor(config, context)
