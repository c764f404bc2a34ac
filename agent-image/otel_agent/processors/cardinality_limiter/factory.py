"""Makes cardinality_limiter processors; all of one id share what they know."""

import time

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.cardinality_limiter.config import CardinalityLimiterConfig
from otel_agent.processors.cardinality_limiter.processor import CardinalityLimiterProcessor
from otel_agent.processors.cardinality_limiter.tracker import Tracker


def create(config: CardinalityLimiterConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    tracker = context.shared(context.id, lambda: Tracker(config, time.monotonic))
    return CardinalityLimiterProcessor(config, context, tracker)
