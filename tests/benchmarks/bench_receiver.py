"""CPU of the OTLP receiver for a request, native and portable front end in turn, and its memory at idle.

    .venv/bin/python tests/benchmarks/bench_receiver.py [--seconds 2] [--rounds 3]

Loopback, four connections with one request in flight each, into a consumer that counts. CPU is user and system time of the whole
receiving process, so the sender's cost and other load on the machine do not count. Needs Linux.
"""

import argparse
import asyncio
import logging
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CONNECTIONS = 4
SIZES = (1, 10, 512)


def request_of(spans: int) -> bytes:
    """A request with ten attributes a span, as instrumented servers send."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_spans.add()
    scope.scope.name = "bench"
    for number in range(spans):
        span = scope.spans.add(name="GET /cart", trace_id=os.urandom(16), span_id=os.urandom(8), kind=2)
        span.start_time_unix_nano, span.end_time_unix_nano = 10**18 + number, 10**18 + number + 1000
        for index in range(10):
            span.attributes.add(key=f"http.attribute.{index}").value.string_value = f"value-{number}-{index}"
    return request.SerializeToString()


async def serve(front_end: str, protocol: str) -> None:
    """Receive until standard input ends; prints the port."""
    from otel_agent.config.component import ComponentId, ComponentKind
    from otel_agent.config.featuregates import NATIVE_FRONT_END, process_gates
    from otel_agent.pdata.telemetry import Signal, Telemetry
    from otel_agent.pipeline.component import BuildContext
    from otel_agent.receivers.otlp.config import OtlpReceiverConfig
    from otel_agent.receivers.otlp.receiver import OtlpReceiver
    from otel_agent.telemetry.metrics import SelfMetrics

    class Sink:
        async def consume(self, telemetry: Telemetry) -> None:
            """Take it."""

    process_gates().set(NATIVE_FRONT_END, enabled=front_end == "native")
    sink: Any = Sink()
    consumers = dict.fromkeys(Signal, sink)
    context = BuildContext(
        ComponentId("otlp"), ComponentKind.RECEIVER, None, "", logging.getLogger(), SelfMetrics(), consumers, None
    )
    config = OtlpReceiverConfig.model_validate({"protocols": {protocol: {"endpoint": "127.0.0.1:0"}}})
    receiver = OtlpReceiver(config, context)
    host: Any = None
    await receiver.start(host)
    print(receiver.servers[protocol].port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await receiver.shutdown()


async def send_http(port: int, body: bytes, seconds: float) -> int:
    """Post a prepared request again and again; returns how many were answered."""
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
    prepared = head % len(body) + body

    async def connection() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            writer.write(prepared)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in answer[:20], answer
            count += 1
        writer.close()
        return count

    return sum(await asyncio.gather(*(connection() for _ in range(CONNECTIONS))))


async def send_grpc(port: int, body: bytes, seconds: float) -> int:
    """Call Export again and again; returns how many calls were answered."""
    from grpc import aio

    async def connection() -> int:
        async with aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export", None, None)
            count, end = 0, time.monotonic() + seconds
            while time.monotonic() < end:
                await export(body)
                count += 1
            return count

    return sum(await asyncio.gather(*(connection() for _ in range(CONNECTIONS))))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """Memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(front_end: str, protocol: str, spans: int, seconds: float) -> tuple[float, float, float]:
    """Microseconds of CPU a request, requests a second, MiB at idle before the first."""
    command = [sys.executable, __file__, "--serve", front_end, protocol]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        time.sleep(0.3)
        idle = resident_mib(server.pid)
        send = send_grpc if protocol == "grpc" else send_http
        body = request_of(spans)
        asyncio.run(send(port, body, 0.3))
        before = cpu_seconds(server.pid)
        count = asyncio.run(send(port, body, seconds))
        used = cpu_seconds(server.pid) - before
        server.communicate()
    return used / count * 1e6, count / seconds, idle


def main() -> None:
    """Measure all and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", nargs=2)
    options = parser.parse_args()
    if options.serve:
        import uvloop

        uvloop.run(serve(*options.serve))
        return
    print(f"{'protocol':9}{'spans':>6}{'portable us':>13}{'native us':>11}{'ratio':>7}{'idle MiB, portable / native':>30}")
    for protocol in ("grpc", "http"):
        for spans in SIZES:
            found: dict[str, list[tuple[float, float, float]]] = {"portable": [], "native": []}
            for _ in range(options.rounds):
                for front_end, results in found.items():
                    results.append(measure(front_end, protocol, spans, options.seconds))
            cost = {name: statistics.median(row[0] for row in rows) for name, rows in found.items()}
            idle = {name: statistics.median(row[2] for row in rows) for name, rows in found.items()}
            ratio = cost["portable"] / cost["native"]
            memory = f"{idle['portable']:.1f} / {idle['native']:.1f}"
            print(f"{protocol:9}{spans:6}{cost['portable']:13.1f}{cost['native']:11.1f}{ratio:7.2f}{memory:>30}", flush=True)


if __name__ == "__main__":
    main()
