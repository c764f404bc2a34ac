"""The filter processor: programs of the kernel where the conditions have one, the decoded request where not."""

from collections.abc import Callable
from typing import Any

from otel_agent.ottl.lowering import Lowering
from otel_agent.ottl.program import Failed, any_condition
from otel_agent.ottl.reporting import FailureLog
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.program import FilterProgram
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import BuildContext
from otel_agent.pipeline.errors import PermanentError
from otel_agent.pipeline.rewriting import RewritingProcessor
from otel_agent.processors.filter.config import FilterConfig
from otel_agent.processors.filter.dropping import Dropping
from otel_agent.processors.filter.plan import Level, compiler, plan

_NAMES = {Signal.TRACES: "spans", Signal.METRICS: "datapoints", Signal.LOGS: "logs"}
_WORDS = {Signal.TRACES: "spans", Signal.METRICS: "metric data points", Signal.LOGS: "logs"}


class FilterProcessor(RewritingProcessor):
    """One pipeline's filter."""

    def __init__(self, config: FilterConfig, context: BuildContext) -> None:
        super().__init__(context)
        assert context.signal is not None
        self._signal = context.signal
        self._log = context.logger
        self._failures = FailureLog(context.logger, "condition")
        self._stages: list[FilterProgram | Dropping] = [self._stage(level) for level in plan(config, context.signal)]
        self._filtered = context.metrics.counter(
            f"processor_filter_{_NAMES[context.signal]}.filtered",
            f"Number of {_WORDS[context.signal]} dropped by the filter processor",
            {"filter": str(context.id)},
            unit="1",
        )

    @property
    def native_levels(self) -> list[bool]:
        """Which levels run as programs of the kernel."""
        return [not isinstance(stage, Dropping) for stage in self._stages]

    def rewrite(self, telemetry: Telemetry) -> Telemetry | None:
        """Return the request without what is dropped."""
        try:
            data = self._filter(telemetry.data, telemetry.client)
        except Failed as error:
            self._log.error("Failed to filter a request", extra={"error": str(error), "items": telemetry.items})
            raise PermanentError(str(error)) from error
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        if data is telemetry.data:
            return telemetry
        items = kernel.count(self._signal, data)
        return Telemetry(self._signal, data, items, telemetry.client, telemetry.deadline) if data else None

    def passed_on(self, before: Telemetry, after: Telemetry | None) -> None:
        """Count what was dropped."""
        self._filtered.value += before.items - (0 if after is None else after.items)

    def _filter(self, data: bytes, client: ClientInfo) -> bytes:
        request: Any = None
        changed = False
        for stage in self._stages:
            if isinstance(stage, Dropping):
                request = _parse(self._signal, data) if request is None else request
                changed |= stage.apply(request, client)
                continue
            if changed:
                data, changed = request.SerializeToString(), False
            data, request = stage.keep(data)[0], None
        return request.SerializeToString() if changed else data

    def _stage(self, level: Level) -> FilterProgram | Dropping:
        lowering = Lowering(compiler(level.context))
        lowered = [lowering.condition(condition.tree) for condition in level.conditions]
        if None not in lowered:
            try:
                return kernel.compile_filter(self._signal, level.context, ("or", *lowered))
            except ValueError:
                pass  # nested deeper than the kernel takes, or a pattern that its engine does not: Python does it
        test: Callable[[Any], bool] = any_condition(level.conditions, level.mode, self._failures.report)
        return Dropping(self._signal, level.context, test)


def _parse(signal: Signal, data: bytes) -> Any:
    """Decode a request in full; the library is loaded when the first one is."""
    from otel_agent.pdata.messages import parse as decode

    return decode(signal, data)
