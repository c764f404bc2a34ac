"""Makes span_metrics connectors."""

from otel_agent.connectors.span_metrics.config import SpanMetricsConfig
from otel_agent.connectors.span_metrics.connector import SpanMetricsConnector
from otel_agent.pipeline.component import BuildContext, Connector


def create(config: SpanMetricsConfig, context: BuildContext) -> Connector:
    """Return the connector from traces to metrics."""
    return SpanMetricsConnector(config, context)
