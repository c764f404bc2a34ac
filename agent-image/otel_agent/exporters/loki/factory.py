"""Makes Loki exporters."""

from urllib.parse import urlsplit

from otel_agent.exporters.loki.config import LokiExporterConfig
from otel_agent.exporters.loki.peer import LokiPeer
from otel_agent.pipeline.component import BuildContext, Exporter
from otel_agent.pipeline.sending import SendingExporter
from otel_agent.pipeline.sending.measured import measure_http


def create(config: LokiExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter."""
    return SendingExporter(
        peer=measure_http(LokiPeer(config, context), context, urlsplit(config.endpoint).hostname or ""),
        timeout=config.timeout,
        retry=config.retry_on_failure,
        queue=config.sending_queue,
        context=context,
    )
