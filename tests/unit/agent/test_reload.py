"""Reloads under load: every request that a sender was told is taken arrives once, over gRPC and HTTP."""

import asyncio
import itertools
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import grpc.aio
import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.config.document import Config, decode
from otel_agent.config.registry import installed_registry
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.collector import Collector
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver

METHOD = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
ITEMS = 3
SENDERS = 4
RELOADS = 12


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bodies(received: list[Telemetry]) -> Counter[str]:
    return Counter(
        record.body.string_value
        for telemetry in received
        for resource in parse(Signal.LOGS, telemetry.data).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    )


class Load:
    """Senders that number their records and keep sending; `taken` has the records that were acknowledged."""

    def __init__(self, make: Callable[..., Telemetry]) -> None:
        self._make = make
        self._first = itertools.count(0, ITEMS)
        self.taken: list[str] = []
        self.errors: list[str] = []
        self.requests = 0
        self.running = True

    async def run(self, send: Callable[[bytes], Any]) -> None:
        """Send until told to stop; what was not taken is sent again."""
        while self.running:
            first = next(self._first)
            data = self._make(Signal.LOGS, items=ITEMS, first=first).data
            while True:
                try:
                    await send(data)
                except (aiohttp.ClientError, grpc.aio.AioRpcError, ConnectionError) as error:
                    self.errors.append(repr(error))
                    await asyncio.sleep(0.01)
                else:
                    break
            self.requests += 1
            self.taken += [f"item-{number}" for number in range(first, first + ITEMS)]


@pytest.fixture
async def gateway(make_context: Any, host: Any, sink: Any) -> AsyncIterator[int]:
    """Port of an OTLP/gRPC receiver whose data `sink` gets."""
    config = OtlpReceiverConfig.model_validate({"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}})
    context = make_context(ComponentKind.RECEIVER, "otlp", None)
    context.consumers[Signal.LOGS] = sink
    receiver = create_receiver(config, context)
    await receiver.start(host)
    yield receiver.servers["grpc"].port
    await receiver.shutdown()


@pytest.fixture
async def collector(self_metrics: Any) -> AsyncIterator[Collector]:
    made = Collector(installed_registry(), self_metrics, 10.0)
    yield made
    await made.stop()


def configuration(ports: dict[str, int], number: int, *, receiver_changes: bool) -> Config:
    """One that differs from its neighbours in the batch processor, the exporter, and the number of processors."""
    limit = {"max_request_body_size": 1_000_000 + number} if receiver_changes else {}
    processors = ["memory_limiter", "batch", *(["batch/second"] if number % 3 == 0 else [])]
    exporter = {
        "endpoint": f"127.0.0.1:{ports['gateway']}",
        "tls": {"insecure": True},
        "timeout": f"{5 + number % 2}s",
        "sending_queue": {"enabled": number % 4 != 0},
    }
    raw = {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"127.0.0.1:{ports['grpc']}"},
                    "http": {"endpoint": f"127.0.0.1:{ports['http']}", **limit},
                }
            }
        },
        "processors": {
            "memory_limiter": {"limit_mib": 4000, "check_interval": "1s"},
            "batch": {"timeout": "20ms", "send_batch_size": 50 + number // 2},
            "batch/second": {"timeout": "10ms"},
        },
        "exporters": {"otlp": exporter},
        "service": {"pipelines": {"logs": {"receivers": ["otlp"], "processors": processors, "exporters": ["otlp"]}}},
    }
    return decode(raw, installed_registry())


@pytest.mark.parametrize("receiver_changes", [False, True])
async def test_reloads_under_load_lose_and_repeat_nothing(
    receiver_changes: bool, collector: Collector, gateway: int, sink: Any, telemetry_of: Any
) -> None:
    ports = {"gateway": gateway, "grpc": free_port(), "http": free_port()}
    await collector.start(configuration(ports, 0, receiver_changes=receiver_changes))
    load = Load(telemetry_of)
    async with aiohttp.ClientSession() as session, grpc.aio.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel:
        export = channel.unary_unary(METHOD)

        async def by_grpc(data: bytes) -> None:
            await export(data, timeout=10)

        async def by_http(data: bytes) -> None:
            headers = {"Content-Type": "application/x-protobuf"}
            async with session.post(f"http://127.0.0.1:{ports['http']}/v1/logs", data=data, headers=headers) as answer:
                answer.raise_for_status()

        senders = [asyncio.create_task(load.run(send)) for send in (by_grpc, by_http) for _ in range(SENDERS)]
        sent_between = []
        for number in range(1, RELOADS + 1):
            before = load.requests
            await collector.swap(configuration(ports, number, receiver_changes=receiver_changes))
            await asyncio.sleep(0.05)
            sent_between.append(load.requests - before)
        load.running = False
        await asyncio.gather(*senders)
    await collector.stop()
    assert bodies(sink.received) == Counter(load.taken)
    assert all(sent_between), sent_between
    if not receiver_changes:
        assert load.errors == []


@pytest.mark.parametrize("beside_a_file", [False, True])
async def test_what_waits_for_a_destination_that_is_down_goes_to_the_new_one(
    beside_a_file: bool, collector: Collector, gateway: int, sink: Any, telemetry_of: Any, tmp_path: Any
) -> None:
    """The file exporter, which cannot run twice, makes the swap stop old instances first."""

    def config(port: int, file: str) -> Config:
        exporters = {"otlp": {"endpoint": f"127.0.0.1:{port}", "tls": {"insecure": True}}}
        if beside_a_file:
            exporters["file"] = {"path": str(tmp_path / file)}
        raw = {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": "127.0.0.1:0"}}}},
            "exporters": exporters,
            "service": {"pipelines": {"logs": {"receivers": ["otlp"], "exporters": list(exporters)}}},
        }
        return decode(raw, installed_registry())

    await collector.start(config(free_port(), "a"))
    assert collector._lifecycle is not None
    receiver: Any = collector._lifecycle.graph.receivers[0].component
    async with aiohttp.ClientSession() as session:
        for first in range(0, 60, ITEMS):
            url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/logs"
            data = telemetry_of(Signal.LOGS, items=ITEMS, first=first).data
            async with session.post(url, data=data, headers={"Content-Type": "application/x-protobuf"}) as answer:
                assert answer.status == 200
    await collector.swap(config(gateway, "b"))
    await collector.stop()
    assert bodies(sink.received) == Counter(f"item-{number}" for number in range(60))
