"""The clock_skew processor: counts spans whose times are impossible, names their service, and drops or moves them if told to."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.pipeline.prompt import prompt
from otel_agent.processors.clock_skew.config import ClockSkewConfig
from otel_agent.processors.clock_skew.skew import Bounds, Direction, move, parse_times
from otel_agent.telemetry.sampling import Sampler

_SECOND = 1_000_000_000


class ClockSkewProcessor:
    """Looks at the times of spans alone first: requests in which all is well pass as they came."""

    overlaps = True

    def __init__(self, config: ClockSkewConfig, context: BuildContext, clock: Callable[[], int] = time.time_ns) -> None:
        assert context.signal is not None
        assert context.kind is ComponentKind.PROCESSOR
        self._tolerance = int(config.future_tolerance * _SECOND)
        self._max_age = int(config.max_age * _SECOND)
        self._action = config.action
        self._clock = clock
        self._downstream = context.consumers[context.signal]
        self._pass_now = prompt(self._downstream)
        self._logger = context.logger
        self._sampler = Sampler(1, 0, config.warning_interval)
        labels = {"processor": str(context.id)}
        name, text = "processor_clock_skew_spans", "Spans that start in the future, or ended too long ago."
        self._counters = {
            direction: context.metrics.counter(name, text, {**labels, "direction": str(direction)}, unit="{spans}")
            for direction in Direction
        }

    async def start(self, host: Host) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Look, count, and pass on what is left; `PermanentError` for what cannot be decoded."""
        checked = self._checked(telemetry)
        if checked is not None:
            await self._downstream.consume(checked)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Pass on a request in which all is well without waiting; leave the others, which are counted, to `consume`."""
        if self._bounds_broken_by(telemetry) is not None:
            return False
        return self._pass_now(telemetry)

    def _bounds_broken_by(self, telemetry: Telemetry) -> Bounds | None:
        """Return the bounds of now if a span lies outside."""
        bounds = Bounds.at(self._clock(), self._tolerance, self._max_age)
        try:
            return bounds if bounds.broken_by(parse_times(telemetry.data)) else None
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error

    def _checked(self, telemetry: Telemetry) -> Telemetry | None:
        """Return what to pass on; None when nothing is left."""
        bounds = self._bounds_broken_by(telemetry)
        if bounds is None:
            return telemetry
        try:
            request = parse(Signal.TRACES, telemetry.data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        found = sum(self._check(resource, bounds) for resource in request.resource_spans)
        if not found or self._action == "count":
            return telemetry
        items = telemetry.items - found if self._action == "drop" else telemetry.items
        if not items:
            return None
        _prune(request)
        return Telemetry(telemetry.signal, request.SerializeToString(), items, telemetry.client, telemetry.deadline)

    def _check(self, resource: Any, bounds: Bounds) -> int:
        """Treat the spans of a resource; return how many lay outside."""
        found: Counter[Direction] = Counter()
        worst = 0
        for scope in resource.scope_spans:
            kept = []
            for span in scope.spans:
                excess = bounds.excess(span)
                if not excess:
                    kept.append(span)
                    continue
                found[Direction.FUTURE if excess > 0 else Direction.OLD] += 1
                worst = max(worst, excess, key=abs)
                if self._action == "clamp":
                    move(span, -excess)
            if self._action == "drop" and len(kept) < len(scope.spans):
                rest = type(scope)(spans=kept)
                scope.ClearField("spans")
                scope.MergeFrom(rest)
        for direction, spans_found in found.items():
            self._counters[direction].value += spans_found
        if found:
            self._warn(resource, found, worst)
        return found.total()

    def _warn(self, resource: Any, found: Counter[Direction], worst: int) -> None:
        names = (each.value.string_value for each in resource.resource.attributes if each.key == "service.name")
        service = next(names, "")
        if self._sampler.admit(service):
            self._logger.warning(
                "Spans with impossible times, check the clock of their host",
                extra={
                    "service": service or "unknown",
                    **{str(direction): number for direction, number in found.items()},
                    "worst_seconds_beyond_limit": round(worst / _SECOND, 3),
                    "action": self._action,
                },
            )


def _prune(request: Any) -> None:
    """Take out scopes and resources that have no spans left."""
    for number in reversed(range(len(request.resource_spans))):
        scopes = request.resource_spans[number].scope_spans
        for index in reversed(range(len(scopes))):
            if not scopes[index].spans:
                del scopes[index]
        if not scopes:
            del request.resource_spans[number]
