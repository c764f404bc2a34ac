"""Makes file exporters; those of one id write to the same files."""

from otel_agent.exporters.file.config import FileExporterConfig
from otel_agent.exporters.file.exporter import FileExporter, FileOutput
from otel_agent.pipeline.component import BuildContext, Exporter


def create(config: FileExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal."""
    output = context.shared(context.id, lambda: FileOutput(config, context.logger))
    return FileExporter(context, output)
