"""Makes debug exporters."""

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.exporters.debug.config import DebugConfig
from otel_agent.exporters.debug.exporter import DebugPeer
from otel_agent.pipeline.component import BuildContext, Exporter
from otel_agent.pipeline.sending import SendingExporter

_NO_RETRY = RetryConfig(enabled=False)


def create(config: DebugConfig, context: BuildContext) -> Exporter:
    """Return the exporter of one signal; without sending_queue it writes before the sender gets its answer."""
    return SendingExporter(
        peer=DebugPeer(config, context), timeout=0, retry=_NO_RETRY, queue=config.sending_queue, context=context
    )
