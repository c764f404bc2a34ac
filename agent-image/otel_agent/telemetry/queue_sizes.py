"""Histograms of what goes into a sending queue and comes out of it."""

from dataclasses import dataclass

from otel_agent.config.component import ComponentId
from otel_agent.telemetry.instruments import Histogram
from otel_agent.telemetry.metrics import SEND_BYTES_BOUNDS, SEND_SIZE_BOUNDS, Level, SelfMetrics


@dataclass(frozen=True, slots=True)
class QueueSizes:
    """Sizes of requests put into a sending queue and of those taken out of it (level detailed)."""

    enqueued: Histogram
    enqueued_bytes: Histogram
    sent: Histogram
    sent_bytes: Histogram

    def put(self, items: int, size: int) -> None:
        """Note a request that goes in; `size` in bytes."""
        self.enqueued.record(items)
        self.enqueued_bytes.record(size)

    def took(self, items: int, size: int) -> None:
        """Note a request that is sent; `size` in bytes."""
        self.sent.record(items)
        self.sent_bytes.record(size)


def queue_sizes(metrics: SelfMetrics, component: ComponentId) -> QueueSizes | None:
    """Return the histograms of the queues of one exporter id, all signals together as in Go; None below level detailed."""
    if metrics.level < Level.DETAILED:
        return None
    labels, level = {"exporter": str(component)}, Level.DETAILED

    def sizes(name: str, text: str) -> tuple[Histogram, Histogram]:
        return (
            metrics.histogram(name, f"Items in {text}.", labels, SEND_SIZE_BOUNDS, unit="{units}", level=level),
            metrics.histogram(f"{name}_bytes", f"Bytes in {text}.", labels, SEND_BYTES_BOUNDS, unit="By", level=level),
        )

    return QueueSizes(
        *sizes("exporter_enqueue_size", "a request put into the sending queue"),
        *sizes("exporter_queue_batch_send_size", "a request sent from the queue"),
    )
