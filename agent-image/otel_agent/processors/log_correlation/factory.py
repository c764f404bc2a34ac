"""Makes log_correlation processors."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.log_correlation.config import LogCorrelationConfig
from otel_agent.processors.log_correlation.processor import LogCorrelationProcessor


def create(config: LogCorrelationConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    return LogCorrelationProcessor(config, context)
