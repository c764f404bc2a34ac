"""Makes python processors; all of one id share one process, and with it the code's own state."""

from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.processors.python.config import PythonConfig
from otel_agent.processors.python.processor import PythonProcessor
from otel_agent.processors.python.runner import Runner


def create(config: PythonConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline."""
    runner = context.shared(context.id, lambda: Runner(config, context.logger))
    return PythonProcessor(config, context, runner)
