"""Makes prometheus exporters."""

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from otel_agent.exporters.prometheus.exporter import PrometheusExporter, PrometheusPeer
from otel_agent.pipeline.component import BuildContext, Exporter

_NO_RETRY = RetryConfig(enabled=False)


def create(config: PrometheusExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter; without sending_queue a request is shown before its sender gets the answer."""
    peer = PrometheusPeer(config, context)
    return PrometheusExporter(peer=peer, timeout=0, retry=_NO_RETRY, queue=config.sending_queue, context=context)
