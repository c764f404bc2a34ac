import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig
from otel_agent.exporters.load_balancing.exporter import LoadBalancingExporter
from otel_agent.exporters.load_balancing.instruments import ResolverInstruments
from otel_agent.exporters.load_balancing.resolvers import Findings
from otel_agent.exporters.load_balancing.ring import make_ring
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError, StartError
from otel_agent.pipeline.seat import Seat
from otel_agent.telemetry.metrics import SelfMetrics

Make = Callable[..., Telemetry]


def names_of(numbers: range, spans: int = 1) -> Counter[str]:
    return Counter(f"{number}-{span}" for number in numbers for span in range(spans))


async def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- several sinks, any of which may be the last
            await asyncio.sleep(0.01)


async def test_every_trace_is_whole_on_the_backend_that_the_ring_names(
    balance: Any, make_backend: Any, make_traces: Make
) -> None:
    backends = [await make_backend() for _ in range(4)]
    exporter, _ = await balance(*[backend.endpoint for backend in backends])
    for first in range(3):
        await exporter.consume(make_traces(range(200), spans=2, first=2 * first))
    await exporter.shutdown()
    assert sum((backend.names for backend in backends), Counter()) == names_of(range(200), 6)
    ring = make_ring(backend.endpoint for backend in backends)
    for backend in backends:
        expected = {number for number in range(200) if ring.endpoints[ring.owner((number + 1).to_bytes(16))] == backend.endpoint}
        assert {int.from_bytes(trace_id) - 1 for trace_id in backend.trace_ids} == expected
        assert len(backend.sink.received) == 3, "one request for each that came"


@pytest.mark.parametrize("signal", [Signal.METRICS, Signal.LOGS])
async def test_metrics_and_logs_arrive(balance: Any, make_backend: Any, telemetry_of: Make, signal: Signal) -> None:
    backends = [await make_backend() for _ in range(2)]
    exporter, _ = await balance(*[backend.endpoint for backend in backends], signal=signal)
    for service in ("a", "b", "c", "d"):
        await exporter.consume(telemetry_of(signal, items=5, service=service))
    await exporter.shutdown()
    assert sum(sum(backend.sink.sizes) for backend in backends) == 20


async def test_a_backend_that_leaves_gives_its_queue_to_the_others(
    balance: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    staying, leaving = await make_backend(), await make_backend()
    leaving.sink.error = RetryableError("full")
    exporter, resolver = await balance(staying.endpoint, leaving.endpoint)
    await exporter.consume(make_traces(range(100)))
    await leaving.sink.refused.wait()
    await resolver.tell(staying.endpoint)
    await staying.sink.reached(100)
    await exporter.shutdown()
    assert staying.names == names_of(range(100))
    assert scrape()['otelcol_exporter_sent_spans{exporter="load_balancing"}'] == 100
    assert scrape().get('otelcol_exporter_send_failed_spans{exporter="load_balancing"}', 0) == 0


@pytest.mark.parametrize("queue", [{}, {"enabled": False}, {"wait_for_result": True}])
async def test_a_backend_that_hangs_loses_nothing_when_it_leaves(
    balance: Any, make_backend: Any, make_traces: Make, queue: dict[str, Any]
) -> None:
    staying, hanging = await make_backend(), await make_backend()
    hanging.sink.gate.clear()
    exporter, resolver = await balance(staying.endpoint, hanging.endpoint, sending_queue=queue, timeout="0s")
    sending = asyncio.create_task(exporter.consume(make_traces(range(100))))
    await hanging.sink.arrived.wait()
    await resolver.tell(staying.endpoint)
    await staying.sink.reached(100)
    await sending
    assert staying.names == names_of(range(100))


async def test_requests_that_wait_for_room_at_a_backend_go_elsewhere_when_it_leaves(
    balance: Any, make_backend: Any, make_traces: Make
) -> None:
    staying, hanging = await make_backend(), await make_backend()
    hanging.sink.gate.clear()
    queue = {"block_on_overflow": True, "queue_size": 1, "num_consumers": 1}
    exporter, resolver = await balance(staying.endpoint, hanging.endpoint, sending_queue=queue, timeout="0s")
    sending = [asyncio.create_task(exporter.consume(make_traces(range(100), first=first))) for first in range(3)]
    await hanging.sink.arrived.wait()
    await resolver.tell(staying.endpoint)
    await asyncio.gather(*sending)
    await staying.sink.reached(300)
    assert staying.names == names_of(range(100), 3)


async def test_a_backend_that_hangs_does_not_keep_others_waiting(balance: Any, make_backend: Any, make_traces: Make) -> None:
    answering, hanging = await make_backend(), await make_backend()
    hanging.sink.gate.clear()
    exporter, resolver = await balance(answering.endpoint, hanging.endpoint)
    for first in range(20):
        await exporter.consume(make_traces(range(50), first=first))
    ring = make_ring([answering.endpoint, hanging.endpoint])
    share = sum(ring.endpoints[ring.owner((number + 1).to_bytes(16))] == answering.endpoint for number in range(50))
    await answering.sink.reached(20 * share)
    assert 0 < share < 50
    await resolver.tell(answering.endpoint)
    await answering.sink.reached(20 * 50)


async def test_while_backends_come_and_go_nothing_is_lost(balance: Any, make_backend: Any, make_traces: Make) -> None:
    backends = [await make_backend() for _ in range(4)]
    endpoints = [backend.endpoint for backend in backends]
    exporter, resolver = await balance(*endpoints)
    for step in range(40):
        gone = endpoints[step % 4]
        await resolver.tell(*(endpoint for endpoint in endpoints if endpoint != gone or step % 3 == 0))
        await exporter.consume(make_traces(range(30), first=step))
        await asyncio.sleep(0.01)
    await exporter.shutdown()
    taken = sum((backend.names for backend in backends), Counter[str]())
    assert set(taken) == set(names_of(range(30), 40))


async def test_the_ring_is_made_anew_only_when_the_set_changes(
    balance: Any, make_backend: Any, scrape: Callable[[], dict[str, float]]
) -> None:
    one, two = await make_backend(), await make_backend()
    _, resolver = await balance(one.endpoint, two.endpoint)
    await resolver.tell(two.endpoint, one.endpoint)
    await resolver.tell(one.endpoint, two.endpoint, one.endpoint)
    assert scrape()['otelcol_loadbalancer_num_backend_updates{resolver="static"}'] == 1
    assert scrape()['otelcol_loadbalancer_num_backends{resolver="static"}'] == 2
    assert scrape()['otelcol_loadbalancer_num_resolutions{resolver="static",success="true"}'] == 3
    await resolver.tell(one.endpoint)
    assert scrape()['otelcol_loadbalancer_num_backend_updates{resolver="static"}'] == 2


def test_workers_do_not_add_up_the_backends_that_all_of_them_find(
    self_metrics: SelfMetrics, scrape: Callable[[], dict[str, float]]
) -> None:
    for number in range(2):
        ResolverInstruments(self_metrics, "dns", Seat(number, 2)).updated(3 + number)
    assert scrape()['otelcol_loadbalancer_num_backends{resolver="dns"}'] == 3
    assert scrape()['otelcol_loadbalancer_num_backend_updates{resolver="dns"}'] == 2


async def test_no_answer_is_not_believed_while_there_are_backends(
    balance: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]], caplog: pytest.LogCaptureFixture
) -> None:
    backend = await make_backend()
    exporter, resolver = await balance(backend.endpoint)
    await resolver.tell()
    assert "The resolver found no backend, those that are known stay in use" in caplog.text
    await exporter.consume(make_traces(range(3)))
    await backend.sink.reached(3)
    assert scrape()['otelcol_loadbalancer_num_resolutions{resolver="static",success="false"}'] == 1


async def test_a_fault_in_a_resolver_is_counted_and_ends_neither_exporter_nor_collector(
    make_context: Any, host: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    class Faulty:
        name, patience = "dns", 1.0

        async def run(self, findings: Findings) -> None:
            await findings.found([backend.endpoint])
            raise TypeError("unforeseen")

    backend = await make_backend()
    raw = {"resolver": {"dns": {"hostname": "unused"}}, "protocol": {"otlp": {"tls": {"insecure": True}}}}
    context = make_context(ComponentKind.EXPORTER, "load_balancing")
    exporter = LoadBalancingExporter(LoadBalancingExporterConfig.model_validate(raw), context, Faulty())
    await exporter.start(host)
    await eventually(lambda: scrape().get('otelcol_loadbalancer_num_resolutions{resolver="dns",success="false"}') == 1)
    await exporter.consume(make_traces(range(3)))
    await backend.sink.reached(3)
    assert host.fatal == []
    await exporter.shutdown()


async def test_without_any_backend_data_stays_with_the_sender_until_one_is_found(
    balance: Any, make_backend: Any, make_traces: Make, caplog: pytest.LogCaptureFixture
) -> None:
    exporter, resolver = await balance()
    await resolver.tell()
    assert "The resolver found no backend, data is refused until one is known" in caplog.text
    with pytest.raises(RetryableError, match="couldn't find the exporter for the endpoint"):
        await exporter.consume(make_traces(range(3)))
    backend = await make_backend()
    await resolver.tell(backend.endpoint)
    await exporter.consume(make_traces(range(3)))
    await backend.sink.reached(3)


async def test_what_does_not_fit_into_one_queue_is_what_failed(
    balance: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    good, full = await make_backend(), await make_backend()
    full.sink.gate.clear()
    exporter, resolver = await balance(good.endpoint, full.endpoint, sending_queue={"queue_size": 1, "num_consumers": 1})
    await exporter.consume(make_traces(range(40)))
    await full.sink.arrived.wait()
    size = f'otelcol_exporter_queue_size{{data_type="traces",exporter="load_balancing/{good.endpoint}"}}'
    await eventually(lambda: scrape()[size] == 0)
    with pytest.raises(RetryableError, match="sending queue is full") as caught:
        await exporter.consume(make_traces(range(40), first=1))
    ring = make_ring([good.endpoint, full.endpoint])
    share = sum(ring.endpoints[ring.owner((number + 1).to_bytes(16))] == full.endpoint for number in range(40))
    assert caught.value.failed is not None
    assert caught.value.failed.items == share
    await resolver.tell(good.endpoint)
    await good.sink.reached(80 - share)


async def test_a_queue_in_front_keeps_what_no_backend_takes_yet(balance: Any, make_backend: Any, make_traces: Make) -> None:
    retry = {"initial_interval": "10ms", "max_interval": "20ms"}
    exporter, resolver = await balance(own={"sending_queue": {}, "retry_on_failure": retry})
    await exporter.consume(make_traces(range(10)))
    backend = await make_backend()
    await resolver.tell(backend.endpoint)
    await backend.sink.reached(10)
    assert backend.names == names_of(range(10))


async def test_a_refusal_for_good_is_counted_by_its_backend_and_harms_no_other(
    balance: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    good, bad = await make_backend(), await make_backend()
    bad.sink.error = PermanentError("never")
    exporter, _ = await balance(good.endpoint, bad.endpoint)
    await exporter.consume(make_traces(range(50)))
    await bad.sink.refused.wait()
    await exporter.shutdown()
    failed = scrape()[f'otelcol_exporter_send_failed_spans{{exporter="load_balancing/{bad.endpoint}"}}']
    assert failed + sum(good.names.values()) == 50
    assert failed > 0


async def test_series_of_a_backend_go_with_it(
    balance: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    staying, leaving = await make_backend(), await make_backend()
    exporter, resolver = await balance(staying.endpoint, leaving.endpoint)
    await exporter.consume(make_traces(range(50)))
    outcome = f'otelcol_loadbalancer_backend_outcome{{endpoint="{leaving.endpoint}",success="true"}}'
    assert scrape()[outcome] == 1
    assert scrape()[f'otelcol_loadbalancer_backend_latency_count{{endpoint="{leaving.endpoint}"}}'] == 1
    await resolver.tell(staying.endpoint)
    await eventually(lambda: not any(leaving.endpoint in name for name in scrape()))
    await resolver.tell(staying.endpoint, leaving.endpoint)
    await exporter.consume(make_traces(range(50), first=1))
    assert scrape()[outcome] == 1


async def test_thousands_of_endpoints_flapping_leave_nothing_behind(
    balance: Any, make_backend: Any, make_traces: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    backend = await make_backend()
    exporter, resolver = await balance(backend.endpoint, sending_queue={"num_consumers": 1, "queue_size": 10})
    before = len(scrape()), len(asyncio.all_tasks())
    for step in range(6):
        others = [f"127.0.0.1:{1 + (step % 2) * 2000 + number}" for number in range(2000)]
        await resolver.tell(backend.endpoint, *others)
        await exporter.consume(make_traces(range(100), first=step))
    await resolver.tell(backend.endpoint)
    await backend.sink.reached(6 * 100, seconds=60)
    assert set(backend.names) == set(names_of(range(100), 6))
    await eventually(lambda: len(asyncio.all_tasks()) <= before[1] + 40, 60)
    await eventually(lambda: len(scrape()) <= before[0] + 60, 60)


async def test_a_replacement_takes_over_what_is_left_in_a_reload(balance: Any, make_backend: Any, make_traces: Make) -> None:
    down, good = await make_backend(), await make_backend()
    down.sink.error = RetryableError("down")
    old, _ = await balance(down.endpoint)
    await old.consume(make_traces(range(30)))
    await down.sink.refused.wait()
    new, _ = await balance(good.endpoint)
    old.successor = new
    await old.shutdown()
    await good.sink.reached(30)
    assert good.names == names_of(range(30))


async def test_settings_that_no_backend_could_use_keep_the_collector_from_starting(balance: Any) -> None:
    with pytest.raises(StartError, match="tls"):
        await balance("127.0.0.1:1", tls={"ca_file": "/nowhere/ca.pem"})


async def test_a_backend_that_never_answers_costs_only_its_share(balance: Any, make_backend: Any, make_traces: Make) -> None:
    backend = await make_backend()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections wait there for ever to be accepted
        exporter, resolver = await balance(backend.endpoint, f"127.0.0.1:{silent.getsockname()[1]}", timeout="100ms")
        await exporter.consume(make_traces(range(40)))
        await resolver.tell(backend.endpoint)
        await backend.sink.reached(40)
