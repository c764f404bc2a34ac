"""Makes file_log receivers."""

from otel_agent.pipeline.component import BuildContext, Component
from otel_agent.pipeline.errors import GraphError
from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.emitting import Emitter
from otel_agent.receivers.file_log.header import HeaderReader
from otel_agent.receivers.file_log.reading import BlockReader
from otel_agent.receivers.file_log.receiver import FileLogReceiver
from otel_agent.receivers.file_log.splitting import make_splitter
from otel_agent.receivers.file_log.tailer import Tailer
from otel_agent.receivers.file_log.tracked import Position
from otel_agent.receivers.file_log.troubles import Troubles
from otel_agent.stanza.chain import build_chain
from otel_agent.stanza.context import OperatorContext
from otel_agent.telemetry.instruments import Counter


def create(config: FileLogConfig, context: BuildContext) -> Component:
    """Return the receiver; `GraphError` for operators, globs and patterns that cannot work."""
    labels = {"receiver": str(context.id)}
    count = context.metrics.counter

    def failures(operator: str) -> Counter:
        help_text = "Log entries that an operator could not work on."
        return count("stanza_operator_errors", help_text, {**labels, "operator": operator})

    operators = OperatorContext(context.logger, failures)
    too_long = count("fileconsumer_oversized_records", "Records that were cut because of max_log_size.", labels)
    binary = count("fileconsumer_binary_files", "Files that do not begin as text does.", labels)
    unreadable = count("fileconsumer_read_errors", "Failures to find, open or read files.", labels)

    def make_tailer(positions: list[Position]) -> Tailer:
        chain = build_chain(config.operators, operators) if config.operators else None
        header = HeaderReader(config.header, operators) if config.header is not None else None
        emitter = Emitter(config, chain, header)
        reader = BlockReader(config, make_splitter(config), too_long, positions=emitter.wants_positions)
        return Tailer(config, emitter, reader, Troubles(context.logger, unreadable, binary), context.logger, positions)

    try:
        make_tailer([])
    except ValueError as error:
        raise GraphError(str(error)) from error
    return FileLogReceiver(config, context, make_tailer)
