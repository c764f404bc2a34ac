"""Makes memory_limiter processors; all of one id share one watch on memory."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.memory_limiter.config import MemoryLimiterConfig
from otel_agent.processors.memory_limiter.processor import MemoryLimiterProcessor
from otel_agent.processors.memory_limiter.rules import limits_of
from otel_agent.processors.memory_limiter.watch import MemoryWatch
from otel_agent.telemetry.available_memory import available_bytes
from otel_agent.telemetry.footprint import release_unused


def create(config: MemoryLimiterConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""

    def make() -> MemoryWatch:
        if "check_interval" not in config.model_fields_set:
            context.logger.info("check_interval is not set, memory is checked every second")
        limits = limits_of(config, available_bytes)
        return MemoryWatch(config, limits, context.logger, measure=context.seat.memory, collect=release_unused)

    return MemoryLimiterProcessor(context, context.shared(context.id, make))
