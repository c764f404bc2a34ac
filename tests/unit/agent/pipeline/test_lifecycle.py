import logging
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.host import CollectorHost
from otel_agent.pipeline.lifecycle import Lifecycle
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.status import InstanceId, Status, StatusBoard, StatusEvent


@pytest.fixture
def lifecycle_of(engine: Any, self_metrics: Any) -> Any:
    def make(pipelines: dict[str, str], **sections: Any) -> tuple[Lifecycle, CollectorHost, StatusBoard]:
        graph = build(engine.config(pipelines, **sections), engine.registry, self_metrics)
        overview = Overview()
        host = CollectorHost(graph, overview)
        return Lifecycle(graph, host, overview.board), host, overview.board

    return make


async def test_start_is_from_the_end_and_stop_from_the_beginning(engine: Any, lifecycle_of: Any) -> None:
    lifecycle, _, _ = lifecycle_of({"traces": "r > p p/2 > e"}, extensions={"x": None})
    await lifecycle.start()
    assert engine.journal == ["start x", "start e@traces", "start p/2@traces", "start p@traces", "start r", "ready"]
    engine.journal.clear()
    await lifecycle.shutdown()
    assert engine.journal == ["not ready", "stop r", "stop p@traces", "stop p/2@traces", "stop e@traces", "stop x"]
    engine.journal.clear()
    await lifecycle.shutdown()
    assert engine.journal == []


async def test_a_failed_start_names_the_component_and_stops_what_was_started(engine: Any, lifecycle_of: Any) -> None:
    lifecycle, _, board = lifecycle_of({"traces": "r > p > e"}, receivers={"r": {"fail": "start"}}, extensions={"x": None})
    with pytest.raises(StartError, match=r'^failed to start "r" receiver: port taken$'):
        await lifecycle.start()
    assert engine.journal[-4:] == ["stop r", "stop p@traces", "stop e@traces", "stop x"]
    assert "ready" not in engine.journal
    assert {event.status for event in board.events.values()} == {Status.STOPPED}


async def test_a_failing_stop_does_not_spare_the_others(engine: Any, lifecycle_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    lifecycle, _, _ = lifecycle_of({"traces": "r > p > e"}, processors={"p": {"fail": "stop"}})
    await lifecycle.start()
    await lifecycle.shutdown()
    assert engine.journal[-1] == "stop e@traces"
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == ["Component failed to stop"]


async def test_a_stop_that_hangs_is_cut_off_and_the_rest_still_stops(
    engine: Any, lifecycle_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = {"fail": "hang"}
    lifecycle, _, _ = lifecycle_of({"traces": "r > p > e"}, receivers={"r": hanging}, processors={"p": hanging})
    await lifecycle.start()
    await lifecycle.shutdown(0.05)
    assert engine.journal[-3:] == ["stop r", "stop p@traces", "stop e@traces"]
    assert sum("did not stop in time" in record.message for record in caplog.records) == 2


async def test_a_processor_that_cannot_hand_on_leaves_exporters_time_to_drain(engine: Any, lifecycle_of: Any) -> None:
    lifecycle, _, _ = lifecycle_of({"traces": "r > p > e"}, processors={"p": {"fail": "hang"}}, exporters={"e": {"fail": "slow"}})
    await lifecycle.start()
    await lifecycle.shutdown(2.0)
    assert engine.journal[-1] == "stopped e@traces"


async def test_the_host_knows_extensions_and_takes_reports(engine: Any, lifecycle_of: Any) -> None:
    lifecycle, host, board = lifecycle_of({"traces": "r > p > e", "logs": "r > p > e"}, extensions={"x": None})
    await lifecycle.start()
    assert host.extension(ComponentId("x")) is engine.made["x"]
    with pytest.raises(KeyError):
        host.extension(ComponentId("y"))
    host.report_status(ComponentKind.PROCESSOR, ComponentId("p"), Status.RECOVERABLE_ERROR, "short of memory")
    reported = [board.events[instance].status for instance in board.of(ComponentKind.PROCESSOR, ComponentId("p"))]
    assert reported == [Status.RECOVERABLE_ERROR] * 2
    host.report_fatal(ComponentId("e"), OSError("gone"))
    host.report_fatal(ComponentId("r"), OSError("later"))
    assert host.failed.is_set()
    assert host.failure == '"e" failed: gone'
    await lifecycle.shutdown()


def test_a_permanent_error_stays_until_the_instance_stops() -> None:
    board, seen = StatusBoard(), []
    board.watchers.append(seen.append)
    instance = InstanceId(ComponentKind.EXPORTER, ComponentId("e"), "traces")
    for status in (Status.OK, Status.OK, Status.PERMANENT_ERROR, Status.OK, Status.STOPPING, Status.STOPPED):
        board.report(instance, status)
    changes = [Status.OK, Status.PERMANENT_ERROR, Status.STOPPING, Status.STOPPED]
    assert seen == [StatusEvent(instance, status) for status in changes]
