"""Makes prometheus receivers."""

from otel_agent.pipeline.component import BuildContext, Component
from otel_agent.receivers.prometheus.config import PrometheusReceiverConfig
from otel_agent.receivers.prometheus.receiver import PrometheusReceiver


def create(config: PrometheusReceiverConfig, context: BuildContext) -> Component:
    """Return the receiver, which makes metrics only."""
    return PrometheusReceiver(config, context)
