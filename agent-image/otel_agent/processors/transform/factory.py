"""Makes transform processors."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.transform.config import TransformConfig
from otel_agent.processors.transform.processor import TransformProcessor


def create(config: TransformConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    return TransformProcessor(config, context)
