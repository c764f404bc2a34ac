"""Makes attributes processors."""

from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.attribute_programs import ProgramForClient
from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.pipeline.editing import EditingProcessor
from otel_agent.processors.attributes.config import AttributesConfig
from otel_agent.processors.attributes.matching import compile_choice

_LEVELS = {Signal.TRACES: "span", Signal.METRICS: "datapoint", Signal.LOGS: "log"}


def create(config: AttributesConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; ValueError for a pattern that is none, or a property the signal does not have."""
    assert context.signal is not None
    choice = compile_choice(context.signal, config.include, config.exclude)
    program = ProgramForClient(context.signal, _LEVELS[context.signal], config.actions, choice)
    return EditingProcessor(context, program.edit)
