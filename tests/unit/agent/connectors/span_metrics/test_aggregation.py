"""What the span_metrics connector makes of spans, without a clock of its own."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint
from pydantic import ValidationError

from otel_agent.connectors.span_metrics.aggregation import Aggregation
from otel_agent.connectors.span_metrics.config import SpanMetricsConfig
from otel_agent.connectors.span_metrics.histograms import ExponentialHistogram
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.attributes import plain

SECOND = 1_000_000_000


class Clock:
    """A time that the test sets."""

    def __init__(self) -> None:
        self.now = 1000 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[..., Aggregation]:
    return lambda **raw: Aggregation(SpanMetricsConfig.model_validate(raw), clock)


def spans(*ms: float, service: str | None = "shop", **fields: Any) -> bytes:
    """A request of one resource with a span for each duration."""
    request = REQUESTS[Signal.TRACES]()
    group = request.resource_spans.add()
    if service is not None:
        group.resource.attributes.add(key="service.name").value.string_value = service
    group.resource.attributes.add(key="region").value.string_value = "eu"
    scope = group.scope_spans.add()
    scope.scope.name, scope.scope.version = "library", "1"
    for number, duration in enumerate(ms, 1):
        span = scope.spans.add(
            name=fields.get("name", "GET /"),
            kind=fields.get("kind", 2),
            trace_id=bytes(15) + bytes([number]),
            span_id=bytes(7) + bytes([number]),
            start_time_unix_nano=5 * SECOND,
            end_time_unix_nano=5 * SECOND + int(duration * 1e6),
        )
        span.status.code = fields.get("status", 0)
        for key, value in fields.get("attributes", {}).items():
            span.attributes.add(key=key).value.string_value = value
        for name in fields.get("events", ()):
            span.events.add(name=name).attributes.add(key="exception.type").value.string_value = name
    return request.SerializeToString()


def points(data: bytes) -> dict[str, list[Any]]:
    """Data points by metric name, of all resources."""
    found: dict[str, list[Any]] = {}
    for group in parse(Signal.METRICS, data).resource_metrics:
        for metric in group.scope_metrics[0].metrics:
            found.setdefault(metric.name, []).extend(getattr(metric, metric.WhichOneof("data")).data_points)
    return found


def attributes(point: Any) -> dict[str, Any]:
    return {entry.key: plain(entry.value) for entry in point.attributes}


def test_calls_and_durations_are_counted_by_service_name_kind_and_status(make: Any) -> None:
    aggregation = make()
    aggregation.add(spans(1, 7, 500))
    aggregation.add(spans(1, status=2, kind=3))
    data = aggregation.flush()
    group = parse(Signal.METRICS, data).resource_metrics[0]
    assert [entry.key for entry in group.resource.attributes] == ["service.name", "region"]
    assert group.scope_metrics[0].scope.name == "spanmetricsconnector"
    calls, durations = group.scope_metrics[0].metrics
    assert (calls.name, calls.sum.is_monotonic, calls.sum.aggregation_temporality) == ("traces.span.metrics.calls", True, 2)
    assert (durations.name, durations.unit) == ("traces.span.metrics.duration", "ms")
    first, second = calls.sum.data_points
    expected = {"service.name": "shop", "span.name": "GET /", "span.kind": "SPAN_KIND_SERVER", "status.code": "STATUS_CODE_UNSET"}
    assert (first.as_int, attributes(first)) == (3, expected)
    assert attributes(second) == {**expected, "span.kind": "SPAN_KIND_CLIENT", "status.code": "STATUS_CODE_ERROR"}
    histogram = durations.histogram.data_points[0]
    assert (histogram.count, histogram.sum, histogram.explicit_bounds[:3]) == (3, 508, [2, 4, 6])
    assert [number for number, count in enumerate(histogram.bucket_counts) if count] == [0, 3, 9]


def test_a_resource_without_a_service_name_is_left_out(make: Any) -> None:
    aggregation = make()
    aggregation.add(spans(1, service=None))
    assert aggregation.flush() == b""


def test_dimensions_come_from_the_span_then_the_resource_then_the_default(make: Any) -> None:
    aggregation = make(
        dimensions=[{"name": "http.method", "default": "GET"}, {"name": "region"}, {"name": "absent"}],
        calls_dimensions=[{"name": "user"}],
        exclude_dimensions=["span.kind", "status.code"],
        include_instrumentation_scope=["library"],
    )
    aggregation.add(spans(1, attributes={"user": "ann", "region": "own"}))
    aggregation.add(spans(1, attributes={"http.method": "PUT"}))
    found = points(aggregation.flush())
    scope = {"span.instrumentation.scope.name": "library", "span.instrumentation.scope.version": "1"}
    common = {"service.name": "shop", "span.name": "GET /", **scope}
    assert [attributes(point) for point in found["traces.span.metrics.calls"]] == [
        {**common, "http.method": "GET", "region": "own", "user": "ann"},
        {**common, "http.method": "PUT", "region": "eu"},
    ]
    assert "user" not in attributes(found["traces.span.metrics.duration"][0])


def test_cumulative_series_go_on_and_delta_series_begin_anew(make: Any, clock: Clock) -> None:
    cumulative, delta = make(), make(aggregation_temporality="AGGREGATION_TEMPORALITY_DELTA")
    for aggregation in (cumulative, delta):
        aggregation.add(spans(1, 2))
        clock.now += SECOND
        aggregation.flush()
        aggregation.add(spans(1))
        clock.now += SECOND
    began, flushed = 1000 * SECOND, 1003 * SECOND
    (point,) = points(cumulative.flush())["traces.span.metrics.calls"]
    assert (point.as_int, point.start_time_unix_nano, point.time_unix_nano) == (3, began, clock.now)
    (point,) = points(delta.flush())["traces.span.metrics.calls"]
    assert (point.as_int, point.start_time_unix_nano) == (1, flushed)
    assert delta.flush() == b""


def test_exemplars_lead_to_the_spans_until_the_next_flush(make: Any) -> None:
    aggregation = make(exemplars={"enabled": True, "max_per_data_point": 2}, histogram={"unit": "s"})
    aggregation.add(spans(1500, 10, 10))
    found = points(aggregation.flush())
    for name in ("calls", "duration"):
        first, second = found[f"traces.span.metrics.{name}"][0].exemplars
        assert (first.trace_id[-1], first.span_id[-1], first.as_double, first.time_unix_nano) == (1, 1, 1.5, 6_500_000_000)
        assert second.trace_id[-1] == 2
    assert not points(aggregation.flush())["traces.span.metrics.duration"][0].exemplars


def test_events_are_counted_by_their_own_attributes(make: Any) -> None:
    aggregation = make(events={"enabled": True, "dimensions": [{"name": "exception.type"}]}, histogram={"disable": True})
    aggregation.add(spans(1, events=("KeyError", "KeyError", "OSError")))
    found = points(aggregation.flush())
    assert sorted(found) == ["traces.span.metrics.calls", "traces.span.metrics.events"]
    values = [(point.as_int, attributes(point)["exception.type"]) for point in found["traces.span.metrics.events"]]
    assert values == [(2, "KeyError"), (1, "OSError")]


def test_a_dimension_that_is_in_two_lists_is_there_once(make: Any) -> None:
    named = [{"name": "exception.type", "default": "none"}]
    aggregation = make(dimensions=named, calls_dimensions=named, events={"enabled": True, "dimensions": named})
    aggregation.add(spans(1, events=("KeyError",)))
    for point in itertools.chain.from_iterable(points(aggregation.flush()).values()):
        assert [pair.key for pair in point.attributes].count("exception.type") == 1


def test_beyond_the_limit_of_series_everything_is_added_up_in_one(make: Any) -> None:
    aggregation = make(aggregation_cardinality_limit=2, histogram={"disable": True})
    for number in range(5):
        aggregation.add(spans(1, name=f"/{number}"))
    found = points(aggregation.flush())["traces.span.metrics.calls"]
    assert [point.as_int for point in found] == [1, 1, 3]
    assert attributes(found[2]) == {"otel.metric.overflow": True}
    assert aggregation.overflowed == 3


def test_the_resource_that_was_seen_least_recently_makes_room(make: Any) -> None:
    aggregation = make(resource_metrics_cache_size=2)
    for service in ("a", "b", "a", "c"):
        aggregation.add(spans(1, service=service))
    services = [attributes(point)["service.name"] for point in points(aggregation.flush())["traces.span.metrics.calls"]]
    assert (services, aggregation.evicted) == (["a", "c"], 1)


def test_resources_may_be_told_apart_by_chosen_attributes_only(make: Any) -> None:
    aggregation = make(resource_metrics_key_attributes=["region"], exclude_dimensions=["service.name"])
    aggregation.add(spans(1, service="a"))
    aggregation.add(spans(1, service="b"))
    assert [point.as_int for point in points(aggregation.flush())["traces.span.metrics.calls"]] == [2]


def test_what_had_no_spans_for_long_is_forgotten(make: Any, clock: Clock) -> None:
    resources, series = make(metrics_expiration="10s"), make(series_expiration="10s")
    for aggregation in (resources, series):
        clock.now = 1000 * SECOND
        aggregation.add(spans(1, name="old"))
        clock.now += 9 * SECOND
        aggregation.add(spans(1, name="new"))
        clock.now += 2 * SECOND
    names = [[attributes(p)["span.name"] for p in points(a.flush())["traces.span.metrics.calls"]] for a in (resources, series)]
    assert names == [["old", "new"], ["new"]]
    clock.now += 20 * SECOND
    assert resources.flush() == b""


@pytest.mark.parametrize(
    "values", [[1.0], [0.5, 1, 2, 4], [1e-9, 1e9], [0, 3, 3.5, 20], [math.pi * 1.01**n for n in range(2000)]]
)
def test_every_value_lies_within_the_bounds_of_its_exponential_bucket(values: list[float]) -> None:
    histogram = ExponentialHistogram(20)
    for value in values:
        histogram.record(value)
    point = ExponentialHistogramDataPoint()
    histogram.fill(point)
    counts = list(point.positive.bucket_counts)
    assert len(counts) <= 20
    assert sum(counts) + point.zero_count == point.count == len(values)
    base = 2.0 ** (2.0**-point.scale)
    for number, count in enumerate(counts):
        low, high = (base ** (point.positive.offset + number + more) for more in (0, 1))
        close = 1 + 1e-12  # of the powers that the bounds are computed by
        assert count == sum(low * close < value <= high * close for value in values)


def test_powers_of_two_are_upper_bounds_of_their_buckets() -> None:
    for exponent in range(-5, 6):
        histogram = ExponentialHistogram(4)
        for value in (2.0**exponent, 2.0 ** (exponent + 12)):
            histogram.record(value)
        point = ExponentialHistogramDataPoint()
        histogram.fill(point)
        base = 2.0 ** (2.0**-point.scale)
        low, high = base**point.positive.offset, base ** (point.positive.offset + 1)
        assert low < 2.0**exponent <= high


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"dimensions": [{"name": "a"}, {"name": "a"}]}, "duplicate dimension name 'a'"),
        ({"calls_dimensions": [{"name": "a"}, {"name": "a"}]}, "calls_dimensions: duplicate dimension name 'a'"),
        ({"dimensions": [{"name": "span.name"}]}, "duplicate dimension name 'span.name'"),
        ({"exclude_dimensions": ["region"]}, "'region' is none of service.name"),
        ({"events": {"enabled": True}}, "'dimensions' are needed when events are enabled"),
        ({"histogram": {"explicit": {}, "exponential": {}}}, "use either 'explicit' or 'exponential' buckets"),
        ({"histogram": {"explicit": {"buckets": ["2s", "1s"]}}}, "each bound must be greater than the one before"),
        ({"metrics_flush_interval": "0s"}, "'metrics_flush_interval' must be positive"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SpanMetricsConfig.model_validate(raw)
    assert reason in str(caught.value)
