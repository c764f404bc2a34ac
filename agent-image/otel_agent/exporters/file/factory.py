"""Makes file exporters; those of one id write to the same files."""

from otel_agent.exporters.file.config import FileExporterConfig
from otel_agent.exporters.file.exporter import FileExporter, FileOutput, FileTroubles
from otel_agent.pipeline.component import BuildContext, Exporter


def create(config: FileExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal."""
    labels = {"exporter": str(context.id)}
    count = context.metrics.counter
    troubles = FileTroubles(
        count("exporter_file_flush_errors", "Flushes that the disk did not take; they are tried again.", labels),
        count("exporter_file_lost_bytes", "Bytes that were accepted and could not be written before the end.", labels, unit="By"),
    )
    output = context.shared(context.id, lambda: FileOutput(config, context.logger, troubles))
    return FileExporter(context, output)
