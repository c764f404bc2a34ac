"""The log_correlation processor."""

from dataclasses import replace

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.pipeline.prompt import prompt
from otel_agent.processors.log_correlation.config import LogCorrelationConfig
from otel_agent.processors.log_correlation.correlation import Correlation


class LogCorrelationProcessor:
    """One pipeline's; it keeps nothing."""

    overlaps = True

    def __init__(self, config: LogCorrelationConfig, context: BuildContext) -> None:
        downstream = context.consumers[Signal.LOGS]
        self._consume = downstream.consume
        self._consume_now = prompt(downstream)
        self._correlation = Correlation(config)
        labels = {"processor": str(context.id)}
        count = context.metrics.counter
        self._correlated = count("processor_log_correlation_records", "Log records that got their trace.", labels)
        self._invalid = count("processor_log_correlation_invalid_ids", "Values under the names of ids that are no ids.", labels)

    async def start(self, host: Host) -> None:
        """Nothing to begin."""

    async def shutdown(self) -> None:
        """Nothing to end."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Pass on, with the ids in the records."""
        await self._consume(self._correlate(telemetry))

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Pass on at once where that is possible; False leaves all to `consume`, which counts."""
        if self._correlation.may_apply(telemetry.data):
            return False
        return self._consume_now(telemetry)

    def _correlate(self, telemetry: Telemetry) -> Telemetry:
        if not self._correlation.may_apply(telemetry.data):
            return telemetry
        try:
            outcome = self._correlation.apply(telemetry.data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        self._invalid.value += outcome.invalid
        if not outcome.correlated:
            return telemetry
        self._correlated.value += outcome.correlated
        return replace(telemetry, data=outcome.data)
