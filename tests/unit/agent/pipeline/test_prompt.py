"""Requests that are taken at once count and end as those that go the long way."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config.component import ComponentId
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.errors import ConsumeError, RetryableError
from otel_agent.pipeline.fanout import FanOut
from otel_agent.pipeline.metered import Metered
from otel_agent.pipeline.outlet import Outlet
from otel_agent.pipeline.prompt import prompt
from otel_agent.receivers.otlp.intake import Intake
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.metrics import SelfMetrics

Fate = str
"""What becomes of a request at the end of the way: "taken", "waits" and is taken then, "refused", "broken"."""


class End:
    """A consumer that does with each request what its client's address says."""

    def __init__(self) -> None:
        self.received: list[Telemetry] = []

    def consume_now(self, telemetry: Telemetry) -> bool:
        if telemetry.client.address == "waits":
            return False
        if telemetry.client.address == "refused":
            raise RetryableError("not now")
        if telemetry.client.address == "broken":
            raise KeyError("fault")
        self.received.append(telemetry)
        return True

    async def consume(self, telemetry: Telemetry) -> None:
        if not self.consume_now(telemetry):
            await asyncio.sleep(0)
            self.received.append(telemetry)


class Way:
    """An intake and two counting stages before an end."""

    def __init__(self) -> None:
        self.metrics = SelfMetrics()
        self.end = End()
        self.counters = [Counter(), Counter()]
        outlet = Outlet({"end": Metered(self.end, self.counters[0])}, self.counters[1])
        self.intake = Intake({Signal.TRACES: outlet}, self.metrics, ComponentId("otlp"), "grpc")

    def counts(self) -> list[float]:
        intake = self.metrics.receiver(ComponentId("otlp"), "grpc", Signal.TRACES)
        return [counter.value for counter in (intake.accepted, intake.refused, *self.counters)]


async def outcome(call: Any) -> str:
    try:
        await call
    except (ConsumeError, KeyError) as error:
        return str(error)
    return "taken"


async def now_or_later(way: Way, items: int, client: Any) -> None:
    if not way.intake.handle_now(Signal.TRACES, b"data", items, client):
        await way.intake.handle_checked(Signal.TRACES, b"data", items, client)


@given(st.lists(st.tuples(st.sampled_from(["taken", "waits", "refused", "broken"]), st.integers(0, 5)), max_size=20))
def test_what_is_taken_at_once_counts_and_ends_as_what_is_awaited(requests: list[tuple[Fate, int]]) -> None:
    async def compare() -> None:
        prompt_way, long_way = Way(), Way()
        for fate, items in requests:
            client = ClientInfo(fate)
            ends = [
                await outcome(now_or_later(prompt_way, items, client)),
                await outcome(long_way.intake.handle_checked(Signal.TRACES, b"data", items, client)),
            ]
            assert ends[0] == ends[1]
            assert prompt_way.counts() == long_way.counts()
        assert prompt_way.end.received == long_way.end.received

    asyncio.run(compare())


async def test_a_consumer_that_cannot_tell_is_left_to_consume(sink: Any, telemetry_of: Any) -> None:
    counter = Counter()
    for consumer in (sink, Metered(sink, counter), Outlet({"sink": sink}, counter), FanOut({"a": End(), "b": sink})):
        assert prompt(consumer)(telemetry_of()) is False
    assert (sink.received, counter.value) == ([], 0)


async def test_a_held_outlet_takes_nothing_at_once_and_one_pointed_elsewhere_leads_there(telemetry_of: Any) -> None:
    first, second, counter = End(), End(), Counter()
    outlet = Outlet({"first": first}, counter)
    outlet.hold()
    assert outlet.consume_now(telemetry_of(items=2)) is False
    outlet.point({"second": second})
    outlet.release()
    assert outlet.consume_now(telemetry_of(items=3)) is True
    assert ([each.items for each in second.received], first.received, counter.value) == ([3], [], 3)


def test_a_refusal_at_once_is_the_refusal_itself() -> None:
    way = Way()
    with pytest.raises(RetryableError, match="not now"):
        way.intake.handle_now(Signal.TRACES, b"data", 4, ClientInfo("refused"))
    assert way.counts() == [0, 4, 4, 4]
