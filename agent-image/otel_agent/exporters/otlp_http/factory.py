"""Makes OTLP/HTTP exporters."""

from urllib.parse import urlsplit

from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
from otel_agent.exporters.otlp_http.peer import HttpPeer
from otel_agent.pipeline.component import BuildContext, Exporter
from otel_agent.pipeline.errors import GraphError
from otel_agent.pipeline.sending import SendingExporter
from otel_agent.pipeline.sending.measured import measure_http


def create(config: OtlpHttpExporterConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal; `GraphError` when no endpoint is configured for it."""
    assert context.signal is not None
    url = config.url(context.signal)
    if not url:
        raise GraphError(
            f'exporter "{context.id}" is used for {context.signal}: set {context.signal}_endpoint, or endpoint for all signals'
        )
    return SendingExporter(
        peer=measure_http(HttpPeer(config, context.signal, context.logger), context, urlsplit(url).hostname or ""),
        timeout=config.timeout,
        retry=config.retry_on_failure,
        queue=config.sending_queue,
        context=context,
    )
