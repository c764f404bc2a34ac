"""Makes debug exporters."""

from otel_agent.exporters.debug.config import DebugConfig
from otel_agent.exporters.debug.exporter import DebugExporter
from otel_agent.pipeline.component import BuildContext, Exporter


def create(config: DebugConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal."""
    return DebugExporter(config, context)
