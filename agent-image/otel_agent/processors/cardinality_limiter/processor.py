"""The cardinality_limiter processor: known series pass, new ones while there is room; the rest overflows or is dropped."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.points import NO_RECORDED_VALUE, parse_points
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.cardinality_limiter.config import CardinalityLimiterConfig
from otel_agent.processors.cardinality_limiter.joining import overflow_point
from otel_agent.processors.cardinality_limiter.tracker import MetricSeries, Tracker
from otel_agent.telemetry.sampling import Sampler

_LOG_SECONDS = 60.0
_MOST_NAMED = 100
"""Metrics that the counter tells apart; further ones count as `other`."""
_OTHER = ("other", "other")


class CardinalityLimiterProcessor:
    """Requests without an overflowing point pass as they came."""

    overlaps = True

    def __init__(self, config: CardinalityLimiterConfig, context: BuildContext, tracker: Tracker) -> None:
        assert context.signal is not None
        self._drops = config.action == "drop"
        self._tracker = tracker
        self._downstream = context.consumers[context.signal]
        self._logger = context.logger
        self._metrics = context.metrics
        self._labels = {"processor": str(context.id)}
        self._sampler = Sampler(1, 0, _LOG_SECONDS)
        self._blamed: dict[str, tuple[str, str]] = {}
        self._evicted = context.metrics.counter(
            "processor_cardinality_limiter_forgotten_metrics",
            "Metrics forgotten by the cardinality_limiter because too many came.",
            self._labels,
            unit="{metrics}",
        )

    async def start(self, host: Host) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Pass on what is left; `PermanentError` for what cannot be decoded."""
        limited = self._limited(telemetry)
        if limited is not None:
            await self._downstream.consume(limited)

    def _limited(self, telemetry: Telemetry) -> Telemetry | None:
        """Return what to pass on; None when nothing is left."""
        overflowed = gone = 0
        try:
            request = parse_points(telemetry.data)
            for resource in request.resource_metrics:
                for scope in resource.scope_metrics:
                    source = hash((resource.resource, scope.scope))
                    for metric in scope.metrics:
                        beyond, left = self._limit(metric, source)
                        overflowed, gone = overflowed + beyond, gone + beyond - left
        except (InvalidTelemetry, DecodeError) as error:
            raise PermanentError(str(error)) from error
        self._evicted.value = self._tracker.evicted
        if not overflowed:
            return telemetry
        if gone >= telemetry.items:
            return None
        _prune(request)
        data = request.SerializeToString()
        return Telemetry(telemetry.signal, data, telemetry.items - gone, telemetry.client, telemetry.deadline)

    def _limit(self, metric: Any, source: int) -> tuple[int, int]:
        """Treat a metric of one scope; return how many points were beyond a limit, and how many (0 or 1) stand for them now."""
        kind = metric.WhichOneof("data")
        if kind is None:
            return 0, 0
        data = getattr(metric, kind)
        known = self._tracker.metric(metric.name)
        if known.unlimited:
            return 0, 0
        kept: list[Any] = []
        beyond: list[Any] = []
        for point in data.data_points:
            (kept if _may_pass(known, point, source) else beyond).append(point)
        if not beyond:
            return 0, 0
        self._account(metric.name, known, len(beyond))
        # A series that ended takes nothing away from what the others come to.
        joined = [] if self._drops else [point for point in beyond if not point.flags & NO_RECORDED_VALUE]
        rest = type(data)(data_points=[*kept, *([overflow_point(kind, joined)] if joined else [])])
        data.ClearField("data_points")
        data.MergeFrom(rest)
        return len(beyond), 1 if joined else 0

    def _account(self, metric: str, known: MetricSeries, points: int) -> None:
        """Count points beyond a limit, and name the attribute that has most values: in the log once a minute."""
        if self._sampler.admit(metric):
            attribute, values = known.widest()
            self._logger.warning(
                "Points beyond the limit of series dropped" if self._drops else "Points beyond the limit of series joined in one",
                extra={"metric": metric, "attribute": attribute, "distinct_values": values},
            )
            if metric in self._blamed or len(self._blamed) < _MOST_NAMED:
                self._blamed[metric] = (metric, attribute)
        name, attribute = self._blamed.get(metric, _OTHER)
        self._metrics.counter(
            "processor_cardinality_limiter_limited_points",
            "Points of series beyond the limit, and the attribute with most values.",
            {**self._labels, "metric": name, "attribute": attribute},
            unit="{datapoints}",
        ).value += points


def _may_pass(known: MetricSeries, point: Any, source: int) -> bool:
    """Whether a point keeps its attributes; their order makes no difference."""
    series = hash((source, frozenset(point.attributes)))
    return known.knows(series) or known.admit(series, map(_key_and_value, point.attributes))


def _key_and_value(attribute: bytes) -> tuple[str, bytes]:
    """Decode an attribute; `DecodeError`."""
    return KeyValue.FromString(attribute).key, attribute


def _prune(request: Any) -> None:
    """Take out metrics, scopes and resources that have nothing left."""
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            _keep(
                scope.metrics, lambda metric: metric.WhichOneof("data") and getattr(metric, metric.WhichOneof("data")).data_points
            )
        _keep(resource.scope_metrics, lambda scope: scope.metrics)
    _keep(request.resource_metrics, lambda resource: resource.scope_metrics)


def _keep(entries: Any, wanted: Callable[[Any], Any]) -> None:
    for index in reversed(range(len(entries))):
        if not wanted(entries[index]):
            del entries[index]
