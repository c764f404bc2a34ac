from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.clock_skew.config import ClockSkewConfig
from otel_agent.processors.clock_skew.processor import ClockSkewProcessor
from otel_agent.processors.clock_skew.skew import MOVED_BY

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
FUTURE = 'otelcol_processor_clock_skew_spans{direction="future",processor="clock_skew"}'
OLD = 'otelcol_processor_clock_skew_spans{direction="old",processor="clock_skew"}'

Make = Callable[..., ClockSkewProcessor]


@pytest.fixture
def processor(make_context: Any, sink: Any) -> Make:
    def make(**config: Any) -> ClockSkewProcessor:
        settings = ClockSkewConfig.model_validate({"future_tolerance": "10s", "max_age": "100s", **config})
        context = make_context(ComponentKind.PROCESSOR, "clock_skew", Signal.TRACES, sink)
        return ClockSkewProcessor(settings, context, clock=lambda: NOW)

    return make


def spans(*times: tuple[float, float], service: str = "shop") -> Telemetry:
    """Spans by the seconds of their start and end after now; an end of 0 seconds is none."""
    request = REQUESTS[Signal.TRACES]()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    for number, (start, end) in enumerate(times):
        span = resource.scope_spans.add().spans.add(name=f"s{number}", trace_id=bytes([1] * 16), span_id=bytes([number + 1] * 8))
        span.start_time_unix_nano = NOW + int(start * SECOND)
        span.end_time_unix_nano = NOW + int(end * SECOND) if end else 0
        span.events.add(name="e", time_unix_nano=span.start_time_unix_nano)
    return Telemetry(Signal.TRACES, request.SerializeToString(), len(times))


def read(telemetry: Telemetry) -> list[Any]:
    request = parse(Signal.TRACES, telemetry.data)
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


async def test_spans_with_possible_times_pass_untouched(processor: Make, sink: Any, scrape: Any) -> None:
    telemetry = spans((-99, -98), (9, 12), (-3600, -1))
    await processor().consume(telemetry)
    assert sink.received == [telemetry]
    assert sink.received[0] is telemetry
    assert (scrape()[FUTURE], scrape()[OLD]) == (0, 0)


@pytest.mark.parametrize("times", [(11, 12), (11, 0), (3600, 3)])
async def test_a_start_in_the_future_is_counted_and_passed_on(processor: Make, sink: Any, scrape: Any, times: Any) -> None:
    telemetry = spans(times)
    await processor().consume(telemetry)
    assert sink.received == [telemetry]
    assert (scrape()[FUTURE], scrape()[OLD]) == (1, 0)


@pytest.mark.parametrize("times", [(-200, -101), (-200, 0)])
async def test_an_end_long_ago_is_counted_and_passed_on(processor: Make, sink: Any, scrape: Any, times: Any) -> None:
    await processor().consume(spans(times))
    assert sink.sizes == [1]
    assert (scrape()[FUTURE], scrape()[OLD]) == (0, 1)


async def test_the_service_is_named_once_in_an_interval(processor: Make, caplog: Any) -> None:
    checking = processor()
    for service in ("shop", "shop", "cart"):
        await checking.consume(spans((70, 71), (20, 21), (-500, -400), service=service))
    told = [record for record in caplog.records if "impossible times" in record.message]
    assert [(record.service, record.future, record.old) for record in told] == [("shop", 2, 1), ("cart", 2, 1)]
    assert told[0].worst_seconds_beyond_limit == -300.0


async def test_drop_leaves_out_what_is_wrong_and_keeps_the_rest(processor: Make, sink: Any) -> None:
    await processor(action="drop").consume(spans((-1, 0), (60, 61), (-2, -1)))
    assert [span.name for span in read(sink.received[0])] == ["s0", "s2"]
    assert sink.received[0].items == 2
    assert len(parse(Signal.TRACES, sink.received[0].data).resource_spans[0].scope_spans) == 2, "an empty scope is left out"


async def test_drop_passes_nothing_on_when_nothing_is_left(processor: Make, sink: Any, scrape: Any) -> None:
    await processor(action="drop").consume(spans((60, 61)))
    assert sink.received == []
    assert scrape()[FUTURE] == 1


async def test_clamp_moves_a_span_to_the_nearest_time_allowed(processor: Make, sink: Any) -> None:
    await processor(action="clamp").consume(spans((60, 65), (-200, -150), (0, 1)))
    future, old, fine = read(sink.received[0])
    assert (future.start_time_unix_nano - NOW, future.end_time_unix_nano - NOW) == (10 * SECOND, 15 * SECOND)
    assert future.events[0].time_unix_nano == future.start_time_unix_nano
    assert {each.key: each.value.int_value for each in future.attributes} == {MOVED_BY: -50 * SECOND}
    assert (old.start_time_unix_nano - NOW, old.end_time_unix_nano - NOW) == (-150 * SECOND, -100 * SECOND)
    assert (fine.end_time_unix_nano - NOW, len(fine.attributes)) == (SECOND, 0)


async def test_times_at_the_end_of_the_range_do_no_harm(processor: Make, sink: Any) -> None:
    telemetry = spans((60, 61))
    request = parse(Signal.TRACES, telemetry.data)
    request.resource_spans[0].scope_spans[0].spans[0].start_time_unix_nano = 2**64 - 1
    request.resource_spans[0].scope_spans[0].spans[0].end_time_unix_nano = 2**64 - 1
    await processor(action="clamp").consume(Telemetry(Signal.TRACES, request.SerializeToString(), 1))
    assert read(sink.received[0])[0].start_time_unix_nano == NOW + 10 * SECOND


async def test_a_direction_can_be_left_out(processor: Make, scrape: Any) -> None:
    await processor(future_tolerance="0s").consume(spans((60, 61)))
    await processor(max_age="0s").consume(spans((-600, -500)))
    assert (scrape()[FUTURE], scrape()[OLD]) == (0, 0)


async def test_what_cannot_be_decoded_is_refused_for_good(processor: Make) -> None:
    with pytest.raises(PermanentError, match="malformed"):
        await processor().consume(Telemetry(Signal.TRACES, b"\x0a\xff", 1))


class PromptSink:
    """A consumer that takes everything at once."""

    def __init__(self) -> None:
        self.taken: list[Telemetry] = []

    async def consume(self, telemetry: Telemetry) -> None:
        self.taken.append(telemetry)

    def consume_now(self, telemetry: Telemetry) -> bool:
        self.taken.append(telemetry)
        return True


async def test_requests_in_which_all_is_well_pass_without_waiting(make_context: Any, scrape: Any) -> None:
    sink = PromptSink()
    context = make_context(ComponentKind.PROCESSOR, "clock_skew", Signal.TRACES, sink)
    checking = ClockSkewProcessor(ClockSkewConfig(), context, clock=lambda: NOW)
    assert checking.consume_now(spans((0, 1)))
    assert not checking.consume_now(spans((600, 601)))
    assert len(sink.taken) == 1
    assert scrape()[FUTURE] == 0, "what is left to consume is counted there"


async def test_a_span_without_end_is_found_among_others(processor: Make, scrape: Any) -> None:
    await processor().consume(spans((0, 1), (11, 0), (-3600, -1)))
    assert scrape()[FUTURE] == 1


@pytest.mark.parametrize(
    "config", [{"max_age": "-1s"}, {"future_tolerance": "0s", "max_age": "0s"}, {"action": "hide"}, {"x": 1}]
)
def test_mistakes_are_found_in_the_configuration(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClockSkewConfig.model_validate(config)


def test_by_default_it_only_counts() -> None:
    config = ClockSkewConfig()
    assert (config.future_tolerance, config.max_age, config.action) == (60.0, 86_400.0, "count")
