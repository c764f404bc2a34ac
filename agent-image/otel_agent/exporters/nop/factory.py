"""Makes nop exporters."""

from otel_agent.exporters.nop.config import NopConfig
from otel_agent.exporters.nop.exporter import NopExporter
from otel_agent.pipeline.component import BuildContext, Exporter


def create(config: NopConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal."""
    return NopExporter()
