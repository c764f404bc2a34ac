"""Makes batch processors."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.batch.config import BatchConfig
from otel_agent.processors.batch.processor import BatchProcessor


def create(config: BatchConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    return BatchProcessor(config, context)
