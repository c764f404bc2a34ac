"""Everything that service::telemetry has pushed, started and stopped together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Flag, auto

from pydantic import ValidationError

from otel_agent.config.telemetry import TelemetryConfig
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.tracing import Finish, Span
from otel_agent.reporting.log_forwarding import LogForwarder
from otel_agent.reporting.periodic import PeriodicPush
from otel_agent.reporting.span_forwarding import SpanForwarder
from otel_agent.telemetry.metrics import SelfMetrics


class Pushed(Flag):
    """What a process pushes. With several workers each has its own log lines and spans, and one speaks for the metrics of all."""

    METRICS = auto()
    SPANS = auto()
    LOGS = auto()
    EVERYTHING = METRICS | SPANS | LOGS


class Reporting:
    """Periodic readers and log processors of one collector."""

    def __init__(
        self,
        telemetry: TelemetryConfig,
        metrics: SelfMetrics,
        resource: Mapping[str, str],
        pushed: Pushed = Pushed.EVERYTHING,
    ) -> None:
        self._parts: list[PeriodicPush | LogForwarder | SpanForwarder] = []
        if Pushed.METRICS in pushed and telemetry.metrics.level != "none":
            for index, reader in enumerate(telemetry.metrics.readers):
                if reader.periodic is not None:
                    with _named(f"metrics::readers::{index}::periodic"):
                        self._parts.append(PeriodicPush(reader.periodic, metrics, resource))
        self._spans: list[SpanForwarder] = []
        if Pushed.SPANS in pushed and telemetry.traces.level != "none":
            for index, processor in enumerate(telemetry.traces.processors):
                with _named(f"traces::processors::{index}"):
                    self._spans.append(SpanForwarder(processor, metrics, resource))
        self._parts += self._spans
        for index, processor in enumerate(telemetry.logs.processors if Pushed.LOGS in pushed else []):
            with _named(f"logs::processors::{index}"):
                self._parts.append(LogForwarder(processor, metrics, resource))

    @property
    def finish(self) -> Finish | None:
        """What takes the collector's own spans; None when they are not wanted."""
        takers = [spans.finish for spans in self._spans]
        if not takers:
            return None

        def finish(span: Span) -> None:
            for taker in takers:
                taker(span)

        return finish

    async def start(self) -> None:
        """Begin; `CollectorError` for settings that cannot be used."""
        for part in self._parts:
            await part.start()

    async def stop(self) -> None:
        """Send what is left, within seconds. Idempotent."""
        for part in self._parts:
            await part.stop()


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Turn what an exporter's model says against its settings into a `StartError` with their path, and without their values."""
    try:
        yield
    except ValidationError as error:
        reasons = "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors(include_input=False))
        raise StartError(f"service::telemetry::{path}: {reasons}") from None
