"""What every exporter that pushes has around its push: queue, batches, retries and time limits (exporterhelper).

Order: queue (and batches) → counting → retry → timeout → push.
"""

from otel_agent.pipeline.sending.exporter import Peer, SendingExporter

__all__ = ["Peer", "SendingExporter"]
