"""A collector with workers as real processes."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from otel_agent.pdata.telemetry import Signal
from tests.unit.agent.workers.conftest import Destination, Otelcol, Sender, Start, free_port, running

ACCEPTED = 'otelcol_receiver_accepted_log_records{receiver="otlp",transport="http"}'
SenderTo = Callable[[Otelcol], Sender]


async def test_all_workers_take_data_and_are_shown_as_one_collector(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo
) -> None:
    sending["exporters"]["debug"] = {}
    otelcol = await start(sending, "--workers", "3").ready()
    sender = sender_to(otelcol)
    await sender.send(120)
    await destination.until(sender.taken)
    found = await otelcol.metrics()
    assert found[ACCEPTED] == len(sender.taken) == 240
    assert found['otelcol_exporter_sent_log_records{exporter="otlp_http"}'] == 240
    assert found['otelcol_exporter_queue_capacity{data_type="logs",exporter="otlp_http"}'] == 3 * 1000
    assert found["otelcol_workers"] == 3
    assert set(re.findall(r'"worker":(\d).*"debug"', otelcol.said)) == {"0", "1", "2"}
    assert len(set(re.findall(r'"service.instance.id":"([^"]*)"', otelcol.said))) == 1
    assert await otelcol.healthy()
    assert await otelcol.stop() == 0
    assert "Shutdown complete." in otelcol.said


async def test_one_worker_is_one_process(start: Start, sending: dict[str, Any]) -> None:
    otelcol = await start(sending, "--workers=1", environment={"OTELCOL_WORKERS": "3"}).ready()
    assert otelcol.workers() == []
    assert "otelcol_workers" not in await otelcol.metrics()
    assert await otelcol.stop() == 0


async def test_the_environment_says_how_many_workers_there_are(start: Start, sending: dict[str, Any]) -> None:
    otelcol = await start(sending, environment={"OTELCOL_WORKERS": "2"}).ready()
    assert len(otelcol.workers()) == 2
    assert await otelcol.stop() == 0


@pytest.mark.parametrize("signals", [1, 4])
async def test_a_killed_worker_is_replaced_and_the_others_go_on(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo, signals: int
) -> None:
    otelcol = await start(sending, "--workers", "3").ready()
    sender = sender_to(otelcol)
    await sender.send(60)
    await destination.until(sender.taken)
    before = (await otelcol.metrics())[ACCEPTED]
    assert before == 120
    for number in range(1, signals + 1):
        others = otelcol.workers()[1:]
        os.kill(otelcol.workers()[0], signal.SIGKILL)
        await otelcol.until("Worker is ready again", number)
        assert set(others) < set(otelcol.workers())
    found = await otelcol.metrics()
    assert found[ACCEPTED] == before  # of the dead one, too
    assert found["otelcol_worker_restarts"] == signals
    assert found["otelcol_workers"] == 3
    assert otelcol.said.count("killed by SIGKILL") == signals
    await sender.send(60)
    await destination.until(sender.taken)
    assert await otelcol.healthy()
    assert await otelcol.stop() == 0


async def test_a_dead_worker_takes_only_what_it_held_in_memory_with_it(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo
) -> None:
    otelcol = await start(sending, "--workers", "2").ready()
    destination.down = True
    sender = sender_to(otelcol)
    await sender.send(100, items=1)
    size = 'otelcol_exporter_queue_size{data_type="logs",exporter="otlp_http"}'
    assert (await otelcol.metrics())[size] == 100
    os.kill(otelcol.workers()[1], signal.SIGKILL)
    await otelcol.until("Worker is ready again")
    left = int((await otelcol.metrics())[size])
    assert 0 < left < 100
    destination.down = False
    assert await otelcol.stop() == 0
    assert len(destination.arrived) == left
    assert set(destination.arrived.values()) == {1}


async def test_what_was_acknowledged_survives_the_death_of_workers_in_the_persistent_queue(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo, tmp_path: Path
) -> None:
    sending["extensions"] = {"file_storage": {"directory": str(tmp_path / "storage")}}
    sending["exporters"]["otlp_http"]["sending_queue"] = {"storage": "file_storage", "queue_size": 100_000}
    otelcol = await start(sending, "--workers", "2").ready()
    sender = sender_to(otelcol)
    destination.down = True
    load = asyncio.create_task(sender.send(600))
    for number in range(1, 5):
        await sender.until_taken(number * 150)
        destination.down = number % 2 == 1
        os.kill(otelcol.workers()[number % 2], signal.SIGKILL)
        await otelcol.until("Worker is ready again", number)
    await load
    destination.down = False
    assert len(sender.taken) == 1200
    await destination.until(sender.taken)
    assert await otelcol.stop() == 0


@pytest.mark.parametrize(("before", "after"), [(3, 1), (1, 2), (3, 2)])
async def test_data_stored_under_another_number_of_workers_is_sent(
    start: Start,
    sending: dict[str, Any],
    destination: Destination,
    sender_to: SenderTo,
    tmp_path: Path,
    before: int,
    after: int,
) -> None:
    storage = tmp_path / "storage"
    sending["extensions"] = {"file_storage": {"directory": str(storage)}}
    sending["exporters"]["otlp_http"]["sending_queue"] = {"storage": "file_storage"}
    destination.down = True
    otelcol = await start(sending, f"--workers={before}").ready()
    sender = sender_to(otelcol)
    await sender.send(60)
    assert await otelcol.stop() == 0
    destination.down = False
    otelcol = await start(sending, f"--workers={after}").ready()
    await destination.until(sender.taken)
    assert await otelcol.stop() == 0
    assert {path.name for path in storage.glob("worker-*")} <= {f"worker-{number}" for number in range(1, after)}


async def test_what_an_exporter_stored_everywhere_is_sent_when_a_reload_leaves_it_in_the_first_worker(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo, tmp_path: Path
) -> None:
    sending["extensions"] = {"file_storage": {"directory": str(tmp_path / "storage")}}
    sending["exporters"]["otlp_http"]["sending_queue"] = {"storage": "file_storage"}
    destination.down = True
    otelcol = await start(sending, "--workers=2").ready()
    sender = sender_to(otelcol)
    await sender.send(60)
    sending["exporters"]["file"] = {"path": str(tmp_path / "out.json")}
    otelcol.configure(sending)
    otelcol.process.send_signal(signal.SIGHUP)
    await otelcol.until("Config updated")
    assert "Pipeline runs in the first worker only" in otelcol.said
    destination.down = False
    await destination.until(sender.taken)
    await sender.send(20)
    await destination.until(sender.taken)
    await otelcol.until_gone(tmp_path / "storage/worker-1/exporter.otlp_http.logs")
    del sending["exporters"]["file"]
    otelcol.configure(sending)
    otelcol.process.send_signal(signal.SIGHUP)
    await otelcol.until("Config updated", 2)
    await sender.send(40)
    await destination.until(sender.taken)
    assert (tmp_path / "storage/worker-1/exporter.otlp_http.logs").is_dir()
    assert await otelcol.healthy()
    assert await otelcol.stop() == 0
    assert "refused" not in otelcol.said


async def test_a_worker_that_dies_at_the_start_ends_the_collector_with_the_reason(
    start: Start, sending: dict[str, Any], dying: dict[str, str]
) -> None:
    sending["receivers"] = {"dying": {"when": "start"}}
    otelcol = start(sending, "--workers", "2", environment=dying)
    assert await otelcol.ended() == 1
    assert "worker 0 ended while starting: exit code 3" in otelcol.said


async def test_a_component_that_fails_for_good_in_one_worker_ends_the_collector(
    start: Start, sending: dict[str, Any], dying: dict[str, str]
) -> None:
    sending["receivers"] = {"dying": {"when": "later"}}
    otelcol = start(sending, "--workers", "2", environment=dying)
    assert await otelcol.ended() == 1
    assert "Asynchronous error received, terminating process" in otelcol.said
    assert 'failed: nothing works any more"' in otelcol.said


async def test_successors_that_do_not_come_up_end_the_collector(
    start: Start, sending: dict[str, Any], dying: dict[str, str], tmp_path: Path
) -> None:
    sending["receivers"] = {"dying": {"when": str(tmp_path / "spoilt")}}
    otelcol = await start(sending, "--workers", "2", environment=dying).ready()
    (tmp_path / "spoilt").touch()
    for pid in otelcol.workers():
        os.kill(pid, signal.SIGKILL)
    assert await otelcol.ended() == 1
    assert "worker 0 cannot be replaced: worker 0 ended while starting: exit code 3" in otelcol.said


async def test_a_worker_that_does_not_answer_is_replaced(start: Start, sending: dict[str, Any], sender_to: SenderTo) -> None:
    prelude = """
import otel_agent.workers.members as members, otel_agent.workers.supervisor as supervisor
members.SILENT_SECONDS = 1.0
supervisor._REFRESH_SECONDS = 0.2
"""
    otelcol = await start(sending, "--workers", "2", prelude=prelude).ready()
    os.kill(otelcol.workers()[0], signal.SIGSTOP)
    await otelcol.until("Worker does not answer and is killed")
    await otelcol.until("Worker is ready again")
    sender = sender_to(otelcol)
    await sender.send(20)
    assert await otelcol.stop() == 0


async def test_ctrl_c_stops_all_in_an_orderly_way(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo
) -> None:
    sending["processors"] = {"batch": {"timeout": "100s"}}
    otelcol = await start(sending, "--workers", "2").ready()
    sender = sender_to(otelcol)
    await sender.send(40)
    os.killpg(otelcol.process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    assert await otelcol.ended() == 0
    assert set(destination.arrived) == sender.taken


async def test_the_loss_of_what_makes_workers_ends_the_collector(start: Start, sending: dict[str, Any]) -> None:
    otelcol = await start(sending, "--workers", "2").ready()
    os.kill(otelcol.nursery(), signal.SIGKILL)
    assert await otelcol.ended() == 1
    assert "the process that makes workers has ended" in otelcol.said


async def grpc_logs(port: int, requests: list[bytes]) -> None:
    """Send each request over a channel of its own."""
    for request in requests:
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            await channel.unary_unary("/opentelemetry.proto.collector.logs.v1.LogsService/Export")(request, timeout=30)


async def test_the_portable_front_end_shares_ports_too(
    start: Start,
    sending: dict[str, Any],
    destination: Destination,
    sender_to: SenderTo,
    request_of: Callable[..., Any],
) -> None:
    sending["exporters"]["debug"] = {}
    portable = "--feature-gates=-receiver.otlp.nativeFrontEnd"
    otelcol = await start({**sending, "grpc": True}, "--workers", "2", portable).ready()
    sender = sender_to(otelcol)
    await sender.send(60)
    await destination.until(sender.taken)
    await grpc_logs(otelcol.grpc, [request_of(Signal.LOGS, 1, number).SerializeToString() for number in range(1000, 1040)])
    await destination.until({f"item-{number}" for number in range(1000, 1040)})
    found = await otelcol.metrics()
    assert found[ACCEPTED] == len(sender.taken)
    assert found[ACCEPTED.replace("http", "grpc")] == 40
    assert set(re.findall(r'"worker":(\d).*"debug"', otelcol.said)) == {"0", "1"}
    assert await otelcol.stop() == 0


async def test_own_metrics_are_pushed_once_for_all_workers(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo
) -> None:
    otlp = {"protocol": "http/protobuf", "endpoint": f"http://127.0.0.1:{destination.port}/v1/metrics", "insecure": True}
    sending["readers"] = [{"periodic": {"interval": 3_600_000, "exporter": {"otlp": otlp}}}]
    otelcol = await start(sending, "--workers", "3").ready()
    sender = sender_to(otelcol)
    await sender.send(60)
    await destination.until(sender.taken)
    assert await otelcol.stop() == 0
    (request,) = destination.own_metrics  # the one at the end
    points = {
        metric.name: [point.as_int for point in metric.sum.data_points]
        for scope in request.resource_metrics[0].scope_metrics
        for metric in scope.metrics
    }
    assert sorted(points["otelcol_receiver_accepted_log_records"]) == [0, 120]  # gRPC and HTTP


async def test_pages_show_the_parts_of_all_workers(start: Start, sending: dict[str, Any]) -> None:
    port = free_port()
    sending["extensions"] = {"zpages": {"endpoint": f"127.0.0.1:{port}"}}
    otelcol = await start(sending, "--workers", "2").ready()
    page = await otelcol.page(port, "/debug/pipelinez")
    assert page.count("<td>StatusOK</td>") == 4  # receiver and exporter, twice
    assert "worker 1" in page
    assert await otelcol.stop() == 0


async def test_sigterm_drains_all_workers(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo
) -> None:
    sending["processors"] = {"batch": {"timeout": "100s"}}
    otelcol = await start(sending, "--workers", "3").ready()
    sender = sender_to(otelcol)
    await sender.send(100)
    assert not destination.arrived
    assert await otelcol.stop() == 0
    assert set(destination.arrived) == sender.taken


async def test_the_memory_limit_is_for_the_sum(start: Start, sender_to: SenderTo) -> None:
    def limited(mib: int) -> dict[str, Any]:
        limiter = {"check_interval": "100ms", "limit_mib": mib, "spike_limit_mib": 1}
        return {"processors": {"memory_limiter": limiter}, "exporters": {"nop": {}}}

    otelcol = await start(limited(2000), "--workers", "2").ready()
    whole = (await otelcol.metrics())["otelcol_process_memory_rss"] / 2**20
    assert await otelcol.stop() == 0
    # Less than all of them use, and well above what one does.
    otelcol = await start(limited(int(whole * 0.8)), "--workers", "2").ready()
    await otelcol.until("Refusing data", 2)
    sender = sender_to(otelcol)
    await sender.send(8, again=False)
    assert sender.refused == [503] * 8
    assert await otelcol.stop() == 0


async def test_a_reload_reaches_all_workers_or_none(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo
) -> None:
    otelcol = await start(sending, "--workers", "2").ready()
    sender = sender_to(otelcol)
    load = asyncio.create_task(sender.send(400))

    async def reload(config: dict[str, Any], text: str) -> None:
        otelcol.configure(config)
        otelcol.process.send_signal(signal.SIGHUP)
        await otelcol.until(text)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        await reload(
            {**sending, "receivers": {"otlp/2": {"protocols": {"http": {"endpoint": address}}}}}, "New configuration refused"
        )
    assert "Address already in use" in otelcol.said
    await reload({**sending, "processors": {"batch": {"timeout": "50ms"}}}, "Config updated")
    await load
    await destination.until(sender.taken)
    found = await otelcol.metrics()
    assert found['otelcol_config_reloads{outcome="success"}'] == found['otelcol_config_reloads{outcome="refused"}'] == 1
    assert found['otelcol_processor_incoming_items{otel_signal="logs",processor="batch"}'] > 0
    assert found["otelcol_worker_restarts"] == 0
    # A successor runs the new configuration, too.
    os.kill(otelcol.workers()[0], signal.SIGKILL)
    await otelcol.until("Worker is ready again")
    sender = sender_to(otelcol)
    await sender.send(50)
    await destination.until(sender.taken)
    assert await otelcol.stop() == 0


async def test_workers_go_back_when_one_refuses_what_they_have_taken_over(
    start: Start, sending: dict[str, Any], destination: Destination, sender_to: SenderTo, dying: dict[str, str]
) -> None:
    otelcol = await start(sending, "--workers", "3", environment=dying).ready()
    holding = {"processors": {"batch": {"timeout": "1000s"}}, "receivers": {"dying": {"when": "never"}}}
    otelcol.configure({**sending, **holding})
    otelcol.process.send_signal(signal.SIGHUP)
    await otelcol.until("New configuration refused")
    assert "not with me" in otelcol.said
    sender = sender_to(otelcol)
    await sender.send(60)
    await destination.until(sender.taken)  # nobody holds it in a batch
    found = await otelcol.metrics()
    assert found['otelcol_config_reloads{outcome="refused"}'] == 1
    assert found["otelcol_worker_restarts"] == 0
    assert await otelcol.stop() == 0


async def test_a_configuration_that_cannot_start_ends_the_collector_with_the_reason(
    start: Start, sending: dict[str, Any]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        sending["receivers"] = {"otlp/2": {"protocols": {"http": {"endpoint": address}}}}
        otelcol = start(sending, "--workers", "2")
        assert await otelcol.ended() == 1
    assert 'failed to start \\"otlp/2\\" receiver: listen tcp' in otelcol.said
    assert otelcol.workers() == []


async def test_what_cannot_be_shared_runs_in_one_process_and_says_so(start: Start, sender_to: SenderTo, tmp_path: Path) -> None:
    otelcol = await start({"exporters": {"file": {"path": str(tmp_path / "out.json")}}}, "--workers", "2").ready()
    assert otelcol.workers() == []
    assert "2 workers cannot share this configuration, one process runs it" in otelcol.said
    assert 'exporter "file" must be in one process' in otelcol.said.replace("\\", "")
    assert await otelcol.stop() == 0


async def test_a_component_with_threads_from_the_beginning_is_not_forked(start: Start, sending: dict[str, Any]) -> None:
    prelude = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
    otelcol = await start(sending, "--workers", "2", prelude=prelude).ready()
    assert otelcol.workers() == []
    assert "a component begins threads as soon as it is made" in otelcol.said
    assert await otelcol.stop() == 0


async def test_workers_end_when_the_supervisor_is_killed(start: Start, sending: dict[str, Any]) -> None:
    otelcol = await start(sending, "--workers", "2").ready()
    workers = otelcol.workers()
    otelcol.process.kill()
    await otelcol.ended()
    async with asyncio.timeout(30):
        while running(workers):  # noqa: ASYNC110 (nobody tells of another's grandchildren)
            await asyncio.sleep(0.05)
    assert otelcol.said.count("The supervising process has gone") == 2
