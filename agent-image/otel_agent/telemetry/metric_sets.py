"""The instruments that one receiver, processor or exporter keeps. `SelfMetrics` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass

from otel_agent.telemetry.instruments import Counter, Gauge, Histogram


@dataclass(frozen=True, slots=True)
class ReceiverMetrics:
    """accepted: taken by the pipeline. refused: the sender was told to try again or to give up.

    With the gate receiverhelper.newReceiverMetrics, failed are those lost to a fault inside, which otherwise are refused too, and
    requests count by outcome (success, refused, failure).
    """

    accepted: Counter
    refused: Counter
    failed: Counter
    requests: Mapping[str, Counter] | None = None

    def accept(self, items: int) -> None:
        """Count a request that was taken."""
        self.accepted.value += items
        if self.requests is not None:
            self.requests["success"].add()

    def refuse(self, items: int) -> None:
        """Count a request that the pipelines refused."""
        self.refused.value += items
        if self.requests is not None:
            self.requests["refused"].add()

    def fail(self, items: int) -> None:
        """Count a request that a fault kept from being taken."""
        if self.requests is None:
            self.refused.value += items
        else:
            self.failed.value += items
            self.requests["failure"].add()


@dataclass(frozen=True, slots=True)
class LimiterMetrics:
    """Items that a processor let through, and those that it refused."""

    accepted: Counter
    refused: Counter


@dataclass(frozen=True, slots=True)
class ProcessorMetrics:
    """Items into and out of one processor."""

    incoming: Counter
    outgoing: Counter


@dataclass(frozen=True, slots=True)
class ExporterMetrics:
    """sent and send_failed: after retries ended. enqueue_failed: the queue was full. in_flight: requests now being sent."""

    sent: Counter
    send_failed: Counter
    enqueue_failed: Counter
    in_flight: Gauge


@dataclass(frozen=True, slots=True)
class BatchMetrics:
    """What the batch processor tells about itself."""

    send_size: Histogram
    send_bytes: Histogram
    size_triggers: Counter
    timeout_triggers: Counter
    cardinality: Gauge
