"""Makes probabilistic_sampler processors."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.probabilistic_sampler.config import ProbabilisticSamplerConfig
from otel_agent.processors.probabilistic_sampler.processor import ProbabilisticSamplerProcessor


def create(config: ProbabilisticSamplerConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    return ProbabilisticSamplerProcessor(config, context)
