from typing import Any

import pytest

from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.pipeline.fanout import FanOut, join, join_refusals


async def test_all_branches_are_tried_and_refusals_are_joined(make_sink: Any, telemetry_of: Any) -> None:
    sinks = {name: make_sink() for name in "abc"}
    sinks["a"].error, sinks["b"].error = RetryableError("first", retry_after=3), RetryableError("second", retry_after=5)
    with pytest.raises(RetryableError, match="first; second") as caught:
        await FanOut(sinks).consume(telemetry_of(items=2))
    assert caught.value.retry_after == 5
    assert sinks["c"].sizes == [2]


async def test_a_fault_in_one_branch_does_not_keep_data_from_the_next(make_sink: Any, telemetry_of: Any) -> None:
    broken, other = make_sink(), make_sink()
    broken.error = KeyError("bug")
    with pytest.raises(PermanentError, match="KeyError: 'bug'"):
        await FanOut({"a": broken, "b": other}).consume(telemetry_of())
    assert other.sizes == [1]


def test_one_permanent_refusal_makes_the_whole_permanent() -> None:
    joined = join_refusals([RetryableError("a", grpc_code=14, retry_after=1), PermanentError("b", grpc_code=3)])
    assert isinstance(joined, PermanentError)
    assert (str(joined), joined.grpc_code, joined.retry_after) == ("a; b", 3, None)


def test_a_single_refusal_is_passed_on_as_it_is() -> None:
    error = ConsumeError("x")
    assert join_refusals([error]) is error


async def test_a_single_branch_needs_no_fan_out(make_sink: Any) -> None:
    only = make_sink()
    assert join({"a": only}) is only
    assert isinstance(join({"a": only, "b": make_sink()}), FanOut)


async def test_a_router_reaches_the_branches_that_are_named(make_sink: Any, telemetry_of: Any) -> None:
    sinks = {name: make_sink() for name in ("traces/a", "traces/b", "traces/c")}
    router = FanOut(sinks)
    assert router.names == ("traces/a", "traces/b", "traces/c")
    await router.route("traces/c", "traces/a").consume(telemetry_of(items=2))
    await router.route("traces/b").consume(telemetry_of(items=1))
    assert {name: sink.sizes for name, sink in sinks.items()} == {"traces/a": [2], "traces/b": [1], "traces/c": [2]}


def test_a_router_refuses_what_does_not_lead_anywhere(make_sink: Any) -> None:
    router = FanOut({"traces/a": make_sink()})
    with pytest.raises(ValueError, match=r'missing consumer: "traces/b", "traces/d" \(.*receiver: traces/a\)'):
        router.route("traces/b", "traces/a", "traces/d")
    with pytest.raises(ValueError, match="missing consumers"):
        router.route()
