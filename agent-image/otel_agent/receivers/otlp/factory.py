"""Makes OTLP receivers."""

from otel_agent.pipeline.component import BuildContext, Component
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.receiver import OtlpReceiver


def create(config: OtlpReceiverConfig, context: BuildContext) -> Component:
    """Return the receiver of all signals."""
    return OtlpReceiver(config, context)
