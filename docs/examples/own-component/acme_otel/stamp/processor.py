"""The processor itself."""

from acme_otel.stamp.config import StampConfig
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.scripting.batch import Batch
from otel_agent.scripting.editing import edited


def create(config: StampConfig, context: BuildContext) -> "StampProcessor":
    """Make the instance of one pipeline."""
    return StampProcessor(config, context)


class StampProcessor:
    """Sets an attribute on every resource, and drops spans of health checks."""

    overlaps = True  # in a reload the new one may start before the old one stops: it owns no port or file

    def __init__(self, config: StampConfig, context: BuildContext) -> None:
        assert context.signal is not None
        self._config = config
        self._downstream = context.consumers[context.signal]
        labels = {"processor": str(context.id)}
        self._dropped = context.metrics.counter("processor_stamp_dropped", "Spans of health checks.", labels, unit="{spans}")

    async def start(self, host: Host) -> None:
        """Open what is needed; an error here ends the start of the collector with its reason."""

    async def shutdown(self) -> None:
        """Hand on what is held and close everything. May be called twice."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Take it by returning; RetryableError or PermanentError leave it with whoever sent it."""
        try:
            stamped = edited(telemetry, self._stamp)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        if stamped is not None:
            await self._downstream.consume(stamped)

    def _stamp(self, batch: Batch) -> None:
        for resource in batch.resources:
            resource["acme.team"] = self._config.team
        for span in batch.spans if self._config.drop_health_checks else ():
            if span.name.endswith("/health"):
                span.drop()
                self._dropped.add()
