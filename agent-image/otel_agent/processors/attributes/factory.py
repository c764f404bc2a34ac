"""Makes attributes processors."""

from otel_agent.config.featuregates import HASH_SHA256, process_gates
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.component import BuildContext, Processor
from otel_agent.pipeline.editing import EditingProcessor
from otel_agent.processors.attributes.config import AttributesConfig
from otel_agent.processors.attributes.matching import compile_choice
from otel_agent.processors.attributes.programs import ProgramForClient

_LEVELS = {Signal.TRACES: "span", Signal.METRICS: "datapoint", Signal.LOGS: "log"}


def create(config: AttributesConfig, context: BuildContext) -> Processor:
    """Return the processor of one pipeline; ValueError for a pattern that is none, or a property the signal does not have."""
    assert context.signal is not None
    algorithm = "sha256" if process_gates().enabled(HASH_SHA256) else "sha1"
    choice = compile_choice(context.signal, config.include, config.exclude)
    program = ProgramForClient(context.signal, _LEVELS[context.signal], config.actions, choice, algorithm)
    return EditingProcessor(context, program.edit)
