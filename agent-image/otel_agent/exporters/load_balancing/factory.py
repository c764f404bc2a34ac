"""Makes load-balancing exporters."""

from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig
from otel_agent.exporters.load_balancing.exporter import LoadBalancingExporter
from otel_agent.pipeline.component import BuildContext, Exporter


def create(config: LoadBalancingExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal; ValueError for a routing key that the signal does not have."""
    return LoadBalancingExporter(config, context)
