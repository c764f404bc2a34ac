"""Makes resource processors."""

from otel_agent.config.featuregates import HASH_SHA256, process_gates
from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.pipeline.editing import EditingProcessor
from otel_agent.processors.attributes.programs import ProgramForClient
from otel_agent.processors.resource.config import ResourceConfig


def create(config: ResourceConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; ValueError for a pattern that is none."""
    assert context.signal is not None
    algorithm = "sha256" if process_gates().enabled(HASH_SHA256) else "sha1"
    program = ProgramForClient(context.signal, "resource", config.attributes, None, algorithm)
    return EditingProcessor(context, program.edit)
