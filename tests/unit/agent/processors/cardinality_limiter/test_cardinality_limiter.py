from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata import kernel
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.cardinality_limiter.config import CardinalityLimiterConfig
from otel_agent.processors.cardinality_limiter.distinct import DistinctSketch, RecentSet
from otel_agent.processors.cardinality_limiter.factory import create
from otel_agent.processors.cardinality_limiter.joining import OVERFLOW
from otel_agent.processors.cardinality_limiter.processor import CardinalityLimiterProcessor
from otel_agent.processors.cardinality_limiter.tracker import Tracker

SECOND = 1_000_000_000
LIMITED = 'otelcol_processor_cardinality_limiter_limited_points{attribute="user",metric="hits",processor="cardinality_limiter"}'

Make = Callable[..., Any]


@pytest.fixture
def processor(make_context: Any, sink: Any) -> Make:
    def make(**config: Any) -> Any:
        settings = CardinalityLimiterConfig.model_validate(config)
        return create(settings, make_context(ComponentKind.PROCESSOR, "cardinality_limiter", Signal.METRICS, sink))

    return make


def request(resource: str = "shop") -> Any:
    message = REQUESTS[Signal.METRICS]()
    added = message.resource_metrics.add()
    added.resource.attributes.add(key="service.name").value.string_value = resource
    added.scope_metrics.add()
    return message


def telemetry(message: Any) -> Telemetry:
    data = message.SerializeToString()
    return Telemetry(Signal.METRICS, data, kernel.count(Signal.METRICS, data))


def set_attributes(point: Any, attributes: dict[str, str]) -> Any:
    for key, value in attributes.items():
        point.attributes.add(key=key).value.string_value = value
    return point


def hits(*users: str, resource: str = "shop", name: str = "hits", value: int = 1) -> Telemetry:
    """A sum with a point for each user."""
    message = request(resource)
    data = message.resource_metrics[0].scope_metrics[0].metrics.add(name=name).sum
    for user in users:
        set_attributes(data.data_points.add(as_int=value, time_unix_nano=SECOND), {"user": user, "method": "GET"})
    return telemetry(message)


def points(received: Telemetry, kind: str = "sum") -> list[Any]:
    return [
        point
        for resource in parse(Signal.METRICS, received.data).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in getattr(metric, kind).data_points
    ]


def users_of(received: Telemetry) -> dict[str, int]:
    """Values by user; those of the overflow series by its attribute's name."""
    found = {}
    for point in points(received):
        attributes = {each.key: each.value for each in point.attributes}
        if OVERFLOW in attributes:
            assert attributes.keys() == {OVERFLOW}
            assert attributes[OVERFLOW].bool_value is True
            found[OVERFLOW] = point.as_int
        else:
            found[attributes["user"].string_value] = point.as_int
    return found


async def test_series_within_the_limit_pass_as_they_came(processor: Make, sink: Any) -> None:
    limiting, sent = processor(series_limit=3), hits("a", "b", "c")
    for _ in range(2):
        await limiting.consume(sent)
    assert sink.received == [sent, sent]
    assert sink.received[1] is sent


async def test_further_series_are_added_up_in_the_overflow_series(processor: Make, sink: Any, scrape: Any) -> None:
    limiting = processor(series_limit=2)
    await limiting.consume(hits("a", "b", "c", "d", value=5))
    assert users_of(sink.received[0]) == {"a": 5, "b": 5, OVERFLOW: 10}
    assert sink.received[0].items == 3 == kernel.count(Signal.METRICS, sink.received[0].data)
    await limiting.consume(hits("e", "a"))
    assert users_of(sink.received[1]) == {"a": 1, OVERFLOW: 1}
    assert scrape()[LIMITED] == 3


async def test_further_series_can_be_dropped(processor: Make, sink: Any) -> None:
    limiting = processor(series_limit=1, action="drop")
    await limiting.consume(hits("a", "b", "c"))
    await limiting.consume(hits("d"))
    assert [users_of(received) for received in sink.received] == [{"a": 1}], "nothing is passed on when nothing is left"


async def test_the_order_of_attributes_makes_no_difference(processor: Make, sink: Any) -> None:
    limiting, other = processor(series_limit=1), request()
    await limiting.consume(hits("a"))
    point = other.resource_metrics[0].scope_metrics[0].metrics.add(name="hits").sum.data_points.add(as_int=1)
    set_attributes(point, {"method": "GET", "user": "a"})
    await limiting.consume(telemetry(other))
    assert users_of(sink.received[1]) == {"a": 1}


async def test_resources_share_the_limit_and_have_an_overflow_series_each(processor: Make, sink: Any) -> None:
    limiting = processor(series_limit=2)
    await limiting.consume(hits("a", "b", resource="one"))
    await limiting.consume(hits("a", "b", resource="two"))
    assert [users_of(received) for received in sink.received] == [{"a": 1, "b": 1}, {OVERFLOW: 2}]


async def test_metrics_do_not_share_the_limit(processor: Make, sink: Any) -> None:
    limiting = processor(series_limit=1)
    await limiting.consume(hits("a", name="one"))
    await limiting.consume(hits("b", name="two"))
    assert [users_of(received) for received in sink.received] == [{"a": 1}, {"b": 1}]


async def test_values_of_an_attribute_have_a_limit(processor: Make, sink: Any) -> None:
    limiting = processor(series_limit=0, attribute_limit=2)
    await limiting.consume(hits("a", "b", "c"))
    await limiting.consume(hits("b", "d"))
    assert [users_of(received) for received in sink.received] == [{"a": 1, "b": 1, OVERFLOW: 1}, {"b": 1, OVERFLOW: 1}]


async def test_the_attribute_with_most_values_is_named_once_a_minute(processor: Make, caplog: Any) -> None:
    limiting = processor(series_limit=5)
    for first in (0, 100):
        await limiting.consume(hits(*(str(number) for number in range(first, first + 100))))
    told = [record for record in caplog.records if "beyond the limit" in record.message]
    assert [(record.metric, record.attribute) for record in told] == [("hits", "user")]
    assert 40 < told[0].distinct_values < 250, "an estimate"


async def test_metrics_can_have_limits_of_their_own(processor: Make, sink: Any) -> None:
    overrides = [
        {"metric_names": ["free.*"], "series_limit": 0},
        {"metric_names": ["*"], "series_limit": 1},
    ]
    limiting = processor(series_limit=9, overrides=overrides)
    await limiting.consume(hits("a", "b", name="free.hits"))
    await limiting.consume(hits("a", "b", name="other"))
    assert [users_of(received) for received in sink.received] == [{"a": 1, "b": 1}, {"a": 1, OVERFLOW: 1}]


async def test_a_series_that_ended_is_not_part_of_the_overflow(processor: Make, sink: Any) -> None:
    limiting, message = processor(series_limit=1), request()
    data = message.resource_metrics[0].scope_metrics[0].metrics.add(name="hits").sum
    for user, flags in (("a", 0), ("b", 1)):
        set_attributes(data.data_points.add(as_int=1, flags=flags), {"user": user})
    await limiting.consume(telemetry(message))
    assert users_of(sink.received[0]) == {"a": 1}


async def overflow_of(processor: Make, sink: Any, kind: str, *fields: dict[str, Any]) -> Any:
    """The overflow point of these points of a kind of metric."""
    message = request()
    data = getattr(message.resource_metrics[0].scope_metrics[0].metrics.add(name="m"), kind)
    set_attributes(data.data_points.add(), {"n": "known"})
    for number, values in enumerate(fields):
        buckets = {side: values.pop(side) for side in ("positive", "negative") if side in values}
        point = set_attributes(data.data_points.add(**values), {"n": str(number)})
        for side, (offset, counts) in buckets.items():
            getattr(point, side).offset = offset
            getattr(point, side).bucket_counts.extend(counts)
    await processor(series_limit=1).consume(telemetry(message))
    _, found = points(sink.received[0], kind)
    return found


async def test_of_gauges_the_latest_value_counts(processor: Make, sink: Any) -> None:
    found = await overflow_of(
        processor, sink, "gauge", {"as_double": 2.5, "time_unix_nano": 20}, {"as_int": 7, "time_unix_nano": 10}
    )
    assert (found.as_double, found.time_unix_nano) == (2.5, 20)


async def test_whole_and_broken_numbers_are_added_up(processor: Make, sink: Any) -> None:
    found = await overflow_of(
        processor,
        sink,
        "sum",
        {"as_int": 2, "start_time_unix_nano": 5, "time_unix_nano": 10},
        {"as_double": 0.5, "start_time_unix_nano": 3, "time_unix_nano": 20},
    )
    assert (found.as_double, found.start_time_unix_nano, found.time_unix_nano) == (2.5, 3, 20)


async def test_sums_that_leave_the_range_of_integers_become_doubles(processor: Make, sink: Any) -> None:
    found = await overflow_of(processor, sink, "sum", {"as_int": 2**63 - 1}, {"as_int": 1})
    assert found.as_double == 2.0**63


async def test_histograms_of_the_same_bounds_are_added_up(processor: Make, sink: Any) -> None:
    one = {"count": 3, "sum": 1.5, "bucket_counts": [1, 2], "explicit_bounds": [1.0], "min": 0.1, "max": 5.0}
    two = {"count": 1, "sum": 0.5, "bucket_counts": [1, 0], "explicit_bounds": [1.0], "min": 0.2, "max": 6.0}
    found = await overflow_of(processor, sink, "histogram", one, two)
    assert (found.count, found.sum, list(found.bucket_counts), found.min, found.max) == (4, 2.0, [2, 2], 0.1, 6.0)


async def test_histograms_of_other_bounds_keep_count_and_sum(processor: Make, sink: Any) -> None:
    one = {"count": 3, "sum": 1.5, "bucket_counts": [1, 2], "explicit_bounds": [1.0]}
    two = {"count": 1, "sum": 0.5, "bucket_counts": [1, 0], "explicit_bounds": [2.0]}
    found = await overflow_of(processor, sink, "histogram", one, two)
    assert (found.count, found.sum, list(found.bucket_counts), list(found.explicit_bounds)) == (4, 2.0, [], [])


async def test_exponential_histograms_are_added_up_at_the_coarser_scale(processor: Make, sink: Any) -> None:
    one = {"count": 4, "sum": 4.0, "scale": 1, "positive": (0, [1, 1, 1, 1])}
    two = {"count": 5, "sum": 5.0, "scale": 0, "zero_count": 2, "positive": (1, [3])}
    found = await overflow_of(processor, sink, "exponential_histogram", one, two)
    assert (found.count, found.sum, found.scale, found.zero_count) == (9, 9.0, 0, 2)
    assert (found.positive.offset, list(found.positive.bucket_counts)) == (0, [2, 5])


@pytest.mark.parametrize("scale", [-(2**31), 2**31 - 1])
async def test_exponential_histograms_at_the_ends_of_the_range_keep_count_and_sum(processor: Make, sink: Any, scale: int) -> None:
    one = {"count": 1, "sum": 4.0, "scale": scale, "positive": (-(2**31), [1])}
    two = {"count": 2, "sum": 5.0, "scale": scale, "positive": (2**31 - 1, [2])}
    found = await overflow_of(processor, sink, "exponential_histogram", one, two)
    assert (found.count, found.sum) == (3, 9.0)
    assert sum(found.positive.bucket_counts) in (0, 3)


async def test_summaries_keep_count_and_sum(processor: Make, sink: Any) -> None:
    found = await overflow_of(processor, sink, "summary", {"count": 1, "sum": 2.0}, {"count": 2, "sum": 3.0})
    assert (found.count, found.sum, len(found.quantile_values)) == (3, 5.0, 0)


@pytest.mark.parametrize("data", [b"\x0a\xff", hits("a").data.replace(b"\x04user", b"\x7fuser")])
async def test_what_cannot_be_decoded_is_refused_for_good(processor: Make, data: bytes) -> None:
    with pytest.raises(PermanentError):
        await processor().consume(Telemetry(Signal.METRICS, data, 1))


async def test_pipelines_of_one_id_share_what_is_known(processor: Make, sink: Any) -> None:
    one, two = processor(series_limit=1), processor(series_limit=1)
    await one.consume(hits("a"))
    await two.consume(hits("b"))
    assert users_of(sink.received[1]) == {OVERFLOW: 1}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def tracker(clock: Clock, **config: Any) -> Tracker:
    return Tracker(CardinalityLimiterConfig.model_validate(config), clock)


def test_a_silent_series_makes_room_and_a_busy_one_stays() -> None:
    clock = Clock()
    tracking = tracker(clock, series_limit=2, forget_after="10s")
    assert [tracking.metric("m").admit(series, []) for series in (1, 2, 3)] == [True, True, False]
    for clock.now in (9, 19, 29):
        assert tracking.metric("m").knows(1)
    assert not tracking.metric("m").knows(2)
    assert tracking.metric("m").admit(3, [])


def test_the_metric_longest_unseen_is_forgotten_when_there_are_too_many() -> None:
    tracking = tracker(Clock(), series_limit=1, max_metrics=2)
    for name in ("a", "b", "a", "c"):
        tracking.metric(name).admit(1, [])
    assert (tracking.metric("a").knows(1), tracking.evicted) == (True, 1)
    assert not tracking.metric("b").knows(1)


def test_a_set_forgets_what_was_not_seen_for_two_generations() -> None:
    recent = RecentSet(2)
    recent.add(1)
    recent.add(2)
    assert recent.full
    recent.age()
    assert recent.knows(1)
    recent.age()
    assert (recent.knows(1), recent.knows(2), recent.full) == (True, False, False)


@pytest.mark.parametrize("values", [0, 1, 31, 1000, 100_000])
def test_a_sketch_tells_the_number_of_distinct_values_roughly(values: int) -> None:
    sketch, step = DistinctSketch(), 0x9E3779B97F4A7C15  # multiples of this spread evenly
    for number in range(values):
        for _ in range(2):
            sketch.add(number * step)
    assert values * 0.5 <= sketch.estimate <= values * 2


@pytest.mark.parametrize(
    "config", [{"series_limit": 0}, {"series_limit": -1}, {"overrides": [{}]}, {"action": "hide"}, {"max_metrics": 0}, {"x": 1}]
)
def test_mistakes_are_found_in_the_configuration(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CardinalityLimiterConfig.model_validate(config)


def test_it_can_run_beside_its_replacement(processor: Make) -> None:
    assert CardinalityLimiterProcessor.overlaps
