"""Makes resource processors."""

from otel_agent.pipeline.attribute_programs import ProgramForClient
from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.pipeline.editing import EditingProcessor
from otel_agent.processors.resource.config import ResourceConfig


def create(config: ResourceConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; ValueError for a pattern that is none."""
    assert context.signal is not None
    program = ProgramForClient(context.signal, "resource", config.attributes)
    return EditingProcessor(context, program.edit)
