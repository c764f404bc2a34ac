"""The load-balancing exporter: a sending side of its own, off by default, around the balancer."""

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.exporters.load_balancing.balancer import Balancer
from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig
from otel_agent.exporters.load_balancing.resolvers import Resolver, make_resolver
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Consumer, Host
from otel_agent.pipeline.sending import SendingExporter

_DRAIN_SECONDS = 5.0
"""For the queue in front of the backends; these drain after it, within the time of the whole collector."""


class LoadBalancingExporter:
    """An `Exporter` that a replacement can take over from."""

    def __init__(self, config: LoadBalancingExporterConfig, context: BuildContext, resolver: Resolver | None = None) -> None:
        """Find backends by `resolver`, or the one that is configured."""
        self._balancer = Balancer(config, resolver or make_resolver(config.resolver, context.logger), context)
        inner = config.protocol.otlp.sending_queue
        self._inner_in_files = config.sending_queue is None and inner is not None and inner.storage is not None
        self._sending = SendingExporter(
            peer=self._balancer,
            timeout=config.timeout,
            retry=config.retry_on_failure or RetryConfig(enabled=False),
            queue=config.sending_queue,
            context=context,
            drain_seconds=_DRAIN_SECONDS,
        )

    @property
    def overlaps(self) -> bool:
        """Whether a replacement may run beside it: yes, unless a queue is in files."""
        return self._sending.overlaps and not self._inner_in_files

    @property
    def successor(self) -> Consumer | None:
        """Where what cannot be sent in time goes in a reload."""
        return self._sending.successor

    @successor.setter
    def successor(self, consumer: Consumer | None) -> None:
        self._sending.successor = consumer
        self._balancer.successor = consumer

    async def start(self, host: Host) -> None:
        """Begin to look for backends; `StartError` for settings that cannot be used."""
        await self._sending.start(host)

    async def consume(self, telemetry: Telemetry) -> None:
        """Give each part of a request to its backend's queue."""
        await self._sending.consume(telemetry)

    async def shutdown(self) -> None:
        """Send everything accepted, or hand it over. Idempotent."""
        await self._sending.shutdown()
