"""Makes forward connectors."""

from otel_agent.connectors.forward.config import ForwardConfig
from otel_agent.connectors.forward.connector import ForwardConnector
from otel_agent.pipeline.component import BuildContext, Connector


def create(config: ForwardConfig, context: BuildContext) -> Connector:
    """Return the connector of one signal."""
    assert context.signal is not None
    return ForwardConnector(context.consumers[context.signal])
