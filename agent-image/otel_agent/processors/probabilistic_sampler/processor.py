"""The probabilistic_sampler processor."""

from collections import Counter as Tally
from dataclasses import replace
from typing import Any

from otel_agent.pdata import messages
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.probabilistic_sampler.config import ProbabilisticSamplerConfig
from otel_agent.processors.probabilistic_sampler.sampler import Sampler
from otel_agent.telemetry.instruments import Counter

_FIELDS = {Signal.TRACES: "spans", Signal.LOGS: "log_records"}
"""Of a scope, with the items."""
_WORDS = {Signal.TRACES: "traces", Signal.LOGS: "logs"}
"""What the metric calls them."""


class ProbabilisticSamplerProcessor:
    """One pipeline's sampler."""

    overlaps = True

    def __init__(self, config: ProbabilisticSamplerConfig, context: BuildContext) -> None:
        assert context.signal is not None
        self._signal = context.signal
        self._downstream = context.consumers[context.signal]
        self._sampler = Sampler(config, context.signal)
        self._context = context
        self._counters: dict[tuple[str, bool], Counter] = {}

    async def start(self, host: Host) -> None:
        """Nothing has to be started."""

    async def shutdown(self) -> None:
        """Nothing is held."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Hand on what is kept; nothing when nothing is."""
        try:
            request = messages.parse(self._signal, telemetry.data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        kept = self._reduce(request)
        if kept:
            await self._downstream.consume(replace(telemetry, data=request.SerializeToString(), items=kept))

    def _reduce(self, request: Any) -> int:
        """Take out of a request what is not kept, and resources and scopes that hold nothing; returns what is left."""
        tally: Tally[tuple[str, bool]] = Tally()
        resources = request.resource_logs if self._signal is Signal.LOGS else request.resource_spans
        left = 0
        for resource in resources:
            scopes = self._scopes(resource)
            counts = [self._reduce_list(getattr(scope, _FIELDS[self._signal]), tally) for scope in scopes]
            _keep(scopes, [bool(count) for count in counts])
            left += sum(counts)
        _keep(resources, [bool(self._scopes(resource)) for resource in resources])
        for (policy, kept), count in tally.items():
            self._counter(policy, kept=kept).value += count
        return left

    def _scopes(self, resource: Any) -> Any:
        return resource.scope_logs if self._signal is Signal.LOGS else resource.scope_spans

    def _reduce_list(self, items: Any, tally: Tally[tuple[str, bool]]) -> int:
        verdicts = []
        for item in items:
            kept, policy = self._sampler.keeps(item)
            tally[policy, kept] += 1
            verdicts.append(kept)
        _keep(items, verdicts)
        return len(items)

    def _counter(self, policy: str, *, kept: bool) -> Counter:
        counter = self._counters.get((policy, kept))
        if counter is None:
            what = _WORDS[self._signal]
            counter = self._counters[policy, kept] = self._context.metrics.counter(
                f"processor_probabilistic_sampler_count_{what}_sampled",
                f"Number of {what} by whether they were sampled, and by what that was decided.",
                {"processor": str(self._context.id), "policy": policy, "sampled": "true" if kept else "false"},
                unit=f"{{{what}}}",
            )
        return counter


def _keep(messages_in_order: Any, verdicts: list[bool]) -> None:
    """Take out of a repeated field what is not kept."""
    if not all(verdicts):
        kept = [message for message, verdict in zip(messages_in_order, verdicts, strict=True) if verdict]
        del messages_in_order[:]
        messages_in_order.extend(kept)
