"""A new configuration replaces what it changes and nothing else, and nothing that was accepted is lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.collector import Changes, Collector
from otel_agent.pipeline.errors import CollectorError, GraphError, StartError
from otel_agent.pipeline.outlet import Outlet
from otel_agent.pipeline.seat import Seat
from otel_agent.pipeline.status import Status


@pytest.fixture
async def collector(engine: Any, self_metrics: Any) -> AsyncIterator[Collector]:
    made = Collector(engine.registry, self_metrics, 2.0)
    yield made
    await made.stop()


async def give(engine: Any, telemetry: Any, receiver: str = "r") -> None:
    """Let a receiver pass on a request."""
    await engine.running[receiver].consume(telemetry)


async def retired(collector: Collector) -> None:
    """Wait for what the last swap left to finish."""
    await collector._retired()


async def test_an_equal_configuration_touches_nothing(engine: Any, collector: Collector) -> None:
    await collector.start(engine.config({"traces": "r > p > e"}, extensions={"x": None}))
    engine.journal.clear()
    changes = await collector.swap(engine.config({"traces": "r > p > e"}, extensions={"x": None}))
    assert changes == Changes(kept=4, started=0, stopped=0)
    assert engine.journal == []


async def test_an_exporter_that_other_workers_begin_or_cease_to_run_is_made_anew(engine: Any, self_metrics: Any) -> None:
    seat = Seat(0, 2)
    collector = Collector(engine.registry, self_metrics, 2.0, seat=seat)
    config = engine.config({"traces": "r > > e", "traces/2": "r > > e/2"})
    everywhere = frozenset({(ComponentKind.EXPORTER, ComponentId("e"), "traces"), (ComponentKind.RECEIVER, ComponentId("r"), "")})
    await collector.start(config)
    assert await collector.swap(config, everywhere) == Changes(kept=2, started=1, stopped=1)
    assert seat.spread == everywhere
    assert await collector.swap(config) == Changes(kept=3, started=0, stopped=0)
    broken = engine.config({"traces": "r > > e", "traces/2": "r > > e/2"}, exporters={"e/2": {"fail": "create"}})
    with pytest.raises(GraphError):
        await collector.swap(broken, frozenset())
    assert seat.spread == everywhere
    assert await collector.swap(config, frozenset()) == Changes(kept=2, started=1, stopped=1)
    await collector.stop()


async def test_only_the_changed_processor_is_replaced(engine: Any, collector: Collector, telemetry_of: Any) -> None:
    await collector.start(engine.config({"traces": "r > p p/2 > e"}))
    old, receiver, exporter = engine.running["p@traces"], engine.running["r"], engine.running["e@traces"]
    engine.journal.clear()
    changes = await collector.swap(engine.config({"traces": "r > p p/2 > e"}, processors={"p": {"fail": "slow"}}))
    await retired(collector)
    assert changes == Changes(kept=3, started=1, stopped=1)
    assert engine.journal == ["start p@traces", "stop p@traces"]
    assert (engine.running["r"], engine.running["e@traces"]) == (receiver, exporter)
    await give(engine, telemetry_of(Signal.TRACES))
    assert (len(old.received), len(engine.running["p@traces"].received), len(exporter.received)) == (0, 1, 1)


async def test_pipelines_can_come_and_go_around_a_receiver(engine: Any, collector: Collector, telemetry_of: Any) -> None:
    await collector.start(engine.config({"traces": "r > > e"}))
    await collector.swap(engine.config({"traces": "r > > e", "traces/2": "r > p > e/2"}))
    await give(engine, telemetry_of(Signal.TRACES))
    assert [len(engine.running[name].received) for name in ("e@traces", "e/2@traces")] == [1, 1]
    await collector.swap(engine.config({"traces/2": "r > p > e/2"}))
    await give(engine, telemetry_of(Signal.TRACES))
    assert [len(engine.running[name].received) for name in ("e@traces", "e/2@traces")] == [1, 2]
    assert engine.journal.count("start r") == 1


async def test_a_receiver_of_another_signal_is_made_anew_after_the_old_one_stopped(engine: Any, collector: Collector) -> None:
    await collector.start(engine.config({"traces": "r > > e"}))
    engine.journal.clear()
    await collector.swap(engine.config({"traces": "r > > e", "logs": "r > > e"}))
    assert engine.journal == ["start e@logs", "stop r", "start r"]


async def test_what_asked_for_a_changed_extension_goes_with_it(engine: Any, collector: Collector) -> None:
    exporters = {"e": {"asks": "x"}, "e/2": None}

    def config(fail: str) -> Any:
        return engine.config({"traces": "r > > e e/2"}, exporters=exporters, extensions={"x": {"fail": fail}})

    await collector.start(config(""))
    first = engine.running["x"]
    changes = await collector.swap(config("slow"))
    await retired(collector)
    assert changes == Changes(kept=2, started=2, stopped=2)
    assert engine.running["x"] is not first
    assert engine.journal.count("start e@traces") == 2
    assert engine.journal.count("start e/2@traces") == 1


async def test_connectors_are_kept_while_they_lead_to_the_same_pipelines(engine: Any, collector: Collector) -> None:
    await collector.start(engine.config({"traces": "r > > c", "traces/2": "c > > e"}))
    kept = await collector.swap(engine.config({"traces": "r > > c", "traces/2": "c > p > e"}))
    assert kept == Changes(kept=3, started=1, stopped=0)
    changed = await collector.swap(engine.config({"traces": "r > > c", "traces/2": "c > p > e", "metrics": "c > > e"}))
    assert changed == Changes(kept=4, started=2, stopped=0)
    pipelines = {"traces": "r > > c", "traces/2": "c > p > e", "traces/3": "c > > e", "metrics": "c > > e"}
    assert await collector.swap(engine.config(pipelines)) == Changes(kept=5, started=1, stopped=1)


async def test_requests_under_way_finish_before_what_they_go_through_stops(
    engine: Any, collector: Collector, telemetry_of: Any
) -> None:
    await collector.start(engine.config({"traces": "r > p > e"}))
    gate, arrived = asyncio.Event(), asyncio.Event()

    class Slow:
        async def consume(self, telemetry: Any) -> None:
            arrived.set()
            await gate.wait()

    engine.running["p@traces"].context.consumers[Signal.TRACES].point({"slow": Slow()})
    task = asyncio.create_task(give(engine, telemetry_of(Signal.TRACES)))
    await arrived.wait()
    await collector.swap(engine.config({"traces": "r > p > e"}, processors={"p": {"fail": "slow"}}))
    assert "stop p@traces" not in engine.journal
    await asyncio.sleep(0.05)
    assert "stop p@traces" not in engine.journal
    gate.set()
    await task
    await retired(collector)
    assert "stop p@traces" in engine.journal


async def test_what_cannot_run_twice_stops_first_and_requests_wait(engine: Any, collector: Collector, telemetry_of: Any) -> None:
    def config(fail: str) -> Any:
        return engine.config({"traces": "r > p > e"}, exporters={"e": {"overlaps": False, "fail": fail}})

    await collector.start(config("slow"))
    engine.journal.clear()
    swap = asyncio.create_task(collector.swap(config("")))
    await engine.journal.until("stop e@traces")
    request = asyncio.create_task(give(engine, telemetry_of(Signal.TRACES)))
    await swap
    await request
    assert engine.journal == ["stop e@traces", "stopped e@traces", "start e@traces"]
    assert len(engine.running["e@traces"].received) == 1


async def test_buffered_data_reaches_the_exporter_that_has_to_stop(engine: Any, collector: Collector, telemetry_of: Any) -> None:
    """The replaced batch processor flushes through a kept processor into an exporter that is itself about to be replaced."""

    def config(timeout: str, fail: str) -> Any:
        return engine.config(
            {"traces": "r > batch p > e"},
            processors={"batch": {"timeout": timeout}},
            exporters={"e": {"overlaps": False, "fail": fail}},
        )

    await collector.start(config("1h", ""))
    old = engine.running["e@traces"]
    await give(engine, telemetry_of(Signal.TRACES))
    await collector.swap(config("2h", "slow"))
    await give(engine, telemetry_of(Signal.TRACES))
    await collector.stop()
    assert (len(old.received), len(engine.running["e@traces"].received)) == (1, 1)


@pytest.mark.parametrize("overlaps", [True, False])
async def test_the_old_configuration_runs_on_when_the_new_one_does_not_start(
    engine: Any, collector: Collector, telemetry_of: Any, overlaps: bool
) -> None:
    good = engine.config({"traces": "r > p > e"}, exporters={"e": {"overlaps": overlaps}})
    await collector.start(good)
    bad = engine.config({"traces": "r > p > e"}, exporters={"e": {"fail": "start", "overlaps": overlaps}})
    with pytest.raises(StartError, match='failed to start "e" exporter: port taken'):
        await collector.swap(bad)
    await asyncio.wait_for(give(engine, telemetry_of(Signal.TRACES)), 2)
    assert len(engine.running["e@traces"].received) == 1
    assert collector.config is good
    assert {event.status for event in collector.overview.board.events.values()} == {Status.OK}
    assert engine.journal.count("start r") == 1


async def test_a_receiver_that_fails_brings_back_the_one_it_was_to_replace(engine: Any, collector: Collector) -> None:
    await collector.start(engine.config({"traces": "r > > e"}))
    with pytest.raises(StartError):
        await collector.swap(engine.config({"traces": "r > > e"}, receivers={"r": {"fail": "start"}}))
    assert engine.journal[-3:] == ["stop r", "stop r", "start r"]
    assert collector.host is not None


async def test_what_cannot_be_built_touches_nothing(engine: Any, collector: Collector) -> None:
    await collector.start(engine.config({"traces": "r > > e"}))
    before = list(engine.journal)
    with pytest.raises(GraphError):
        await collector.swap(engine.config({"traces": "r > > e"}, receivers={"r": {"fail": "create"}}))
    assert engine.journal == before


async def test_no_configuration_is_left_when_the_old_one_fails_too(engine: Any, collector: Collector) -> None:
    await collector.start(engine.config({"traces": "r > > e"}))
    probe = type(engine.running["r"])
    start = probe.start

    async def fail(self: Any, host: Any) -> None:
        if self.name == "r":
            raise OSError("no more ports")
        await start(self, host)

    probe.start = fail
    try:
        with pytest.raises(CollectorError):
            await collector.swap(engine.config({"traces": "r > > e"}, receivers={"r": {"asks": "x"}}))
    finally:
        probe.start = start
    assert collector.host is None


async def test_status_and_queue_metrics_of_removed_components_go(engine: Any, collector: Collector, self_metrics: Any) -> None:
    await collector.start(engine.config({"traces": "r > > e e/2"}))
    for name in ("e", "e/2"):
        self_metrics.exporter_queue(ComponentId(*name.split("/")), Signal.TRACES, lambda: 1, lambda: 2)
    await collector.swap(engine.config({"traces": "r > > e"}))
    await retired(collector)
    assert [str(i.component) for i in collector.overview.board.events if i.kind is ComponentKind.EXPORTER] == ["e"]
    (sizes,) = [family for family in self_metrics.families() if family.name == "exporter_queue_size"]
    assert [dict(key)["exporter"] for key in sizes.instruments] == ["e"]


async def test_an_outlet_holds_requests_and_tells_when_those_past_it_are_done(sink: Any, telemetry_of: Any) -> None:
    outlet = Outlet({"sink": sink})
    route = outlet.hold()
    await asyncio.wait_for(route.until_idle(), 1)
    request = asyncio.create_task(outlet.consume(telemetry_of(Signal.LOGS)))
    await asyncio.sleep(0)
    assert sink.received == []
    outlet.release()
    await request
    assert len(sink.received) == 1
