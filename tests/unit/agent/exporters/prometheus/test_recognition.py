"""What the exporter remembers to recognise points by is bounded, and losing it loses no series."""

from itertools import permutations
from typing import Any

import pytest

from otel_agent.exporters.prometheus import intake
from tests.unit.agent.exporters.prometheus.metric_requests import IDENTITY, gauge_of, sum_of


@pytest.mark.parametrize("bound", ["_MOST_STREAMS", "_MOST_TARGETS"])
async def test_series_stay_when_what_they_are_recognised_by_is_dropped(start: Any, monkeypatch: Any, bound: str) -> None:
    monkeypatch.setattr(intake, bound, 2)
    running = await start()
    for _ in range(2):
        for number in range(6):
            resource = {**IDENTITY, "service.instance.id": f"i{number}"}
            await running.send(sum_of("hits", 1, time=5, start=4, delta=True), gauge_of("load", 1.0), resource=resource)
        assert len(await running.series()) == 12
    assert len(running.peer._intake._targets) <= 2 or bound == "_MOST_STREAMS"


async def test_the_orders_of_attributes_that_are_remembered_are_bounded(start: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(intake, "_SPARE_KEYS", 3)
    running = await start()
    for order in permutations("abcd"):
        await running.send(gauge_of("load", 1.0, attributes=dict.fromkeys(order, "1")), resource={})
    (stream,) = [stream for streams in running.peer._intake._scopes.values() for stream in streams.values()]
    assert len(stream.points) <= 6
    assert await running.series() == ['load{a="1",b="1",c="1",d="1"} 1.0']


async def test_nothing_is_remembered_of_what_has_expired(start: Any, clock: Any) -> None:
    running = await start(metric_expiration="10s")
    await running.send(gauge_of("load", 1.0), gauge_of("...", 1.0))
    clock.now += 11
    running.peer.expire()
    taking = running.peer._intake
    assert (taking._targets, taking._scopes, taking._streams, taking.infos) == ({}, {}, 0, {})


async def test_points_between_two_sweeps_keep_what_is_in_use(start: Any, clock: Any) -> None:
    running = await start(metric_expiration="10s")
    await running.send(gauge_of("old", 1.0))
    clock.now += 8
    await running.send(gauge_of("young", 1.0))
    clock.now += 8
    running.peer.expire()
    assert [stream.name for streams in running.peer._intake._scopes.values() for stream in streams.values()] == ["young"]
