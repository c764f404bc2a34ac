"""What the OTLP parts promise together: what a sender was told is taken arrives once, whoever sends and while peers roll over."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.factory import create as create_grpc
from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
from otel_agent.exporters.otlp_http.factory import create as create_http
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.pipeline.errors import RetryableError
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver
from otel_agent.telemetry.metrics import Level

Make = Callable[..., Telemetry]
FAST_RETRY = {"initial_interval": "20ms", "max_interval": "100ms", "max_elapsed_time": "0s"}


def names(received: list[Telemetry]) -> Counter[str]:
    return Counter(
        span.name
        for telemetry in received
        for resource in parse(Signal.TRACES, telemetry.data).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    )


@pytest.fixture
async def gateway(front_end: Any, make_context: Any, host: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Start a receiver on a port: `gateway(protocol, consumer, port)`."""
    started: list[Any] = []

    async def start(protocol: str, consumer: Consumer, port: int = 0) -> Any:
        config = OtlpReceiverConfig.model_validate({"protocols": {protocol: {"endpoint": f"127.0.0.1:{port}"}}})
        context = make_context(ComponentKind.RECEIVER, "otlp", None)
        context.consumers[Signal.TRACES] = consumer
        receiver = create_receiver(config, context)
        started.append(receiver)
        await receiver.start(host)
        return receiver

    yield start
    for receiver in started:
        await receiver.shutdown()


@pytest.fixture
def make_exporter(make_context: Any) -> Callable[..., Any]:
    def make(protocol: str, port: int, **keys: Any) -> Any:
        raw = {"endpoint": f"http://127.0.0.1:{port}", "retry_on_failure": FAST_RETRY, **keys}
        context = make_context(ComponentKind.EXPORTER, f"otlp_{protocol}")
        if protocol == "grpc":
            return create_grpc(OtlpGrpcExporterConfig.model_validate(raw), context)
        return create_http(OtlpHttpExporterConfig.model_validate(raw), context)

    return make


def sdk_exporters(protocol: str, port: int) -> list[SpanExporter]:
    if protocol == "grpc":
        from grpc import Compression as GrpcCompression

        endpoint = f"127.0.0.1:{port}"
        return [GrpcSpanExporter(endpoint, insecure=True, compression=kind) for kind in (None, GrpcCompression.Gzip)]
    endpoint = f"http://127.0.0.1:{port}/v1/traces"
    kinds = (Compression.NoCompression, Compression.Gzip, Compression.Deflate)
    return [HttpSpanExporter(endpoint, compression=kind) for kind in kinds]


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_the_sdks_own_exporters_deliver(gateway: Any, sink: Any, protocol: str) -> None:
    receiver = await gateway(protocol, sink)
    exporters = sdk_exporters(protocol, receiver.servers[protocol].port)

    def send() -> None:
        for number, exporter in enumerate(exporters):
            provider = TracerProvider(shutdown_on_exit=False)
            provider.add_span_processor(SimpleSpanProcessor(exporter))
            with provider.get_tracer("shop").start_as_current_span(f"checkout-{number}"):
                pass
            provider.shutdown()

    await asyncio.to_thread(send)
    assert names(sink.received) == Counter({f"checkout-{number}": 1 for number in range(len(exporters))})


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_agent_and_gateway_in_a_row(gateway: Any, make_exporter: Any, sink: Any, host: Any, protocol: str) -> None:
    last = await gateway(protocol, sink)
    exporter = make_exporter(protocol, last.servers[protocol].port, sending_queue={"batch": {"flush_timeout": "5ms"}})
    await exporter.start(host)
    first = await gateway("http", exporter)
    sender = sdk_exporters("http", first.servers["http"].port)[1]
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(sender))

    def send() -> None:
        for number in range(20):
            provider.get_tracer("shop").start_span(f"span-{number}").end()
        provider.shutdown()

    await asyncio.to_thread(send)
    await first.shutdown()
    await exporter.shutdown()
    assert names(sink.received) == Counter({f"span-{number}": 1 for number in range(20)})


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_spans_arrive_exactly_once_while_the_gateway_rolls_over(
    gateway: Any, make_exporter: Any, sink: Any, host: Any, telemetry_of: Make, protocol: str
) -> None:
    class Slow:
        """Keeps requests in progress when the gateway is told to stop."""

        async def consume(self, telemetry: Telemetry) -> None:
            await asyncio.sleep(0.003)
            await sink.consume(telemetry)

    receiver = await gateway(protocol, Slow())
    port = receiver.servers[protocol].port
    exporter = make_exporter(protocol, port)
    await exporter.start(host)
    total = 300

    async def produce() -> None:
        for number in range(total):
            await exporter.consume(telemetry_of(first=number))
            await asyncio.sleep(0.002)

    producing = asyncio.create_task(produce())
    for share in (1, 2, 3):
        await sink.reached(total * share // 5, 20)
        await receiver.shutdown()
        receiver = await gateway(protocol, Slow(), port)
    await producing
    await exporter.shutdown()
    assert names(sink.received) == Counter({f"item-{number}": 1 for number in range(total)})


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_back_pressure_reaches_through_to_the_sender_and_loses_nothing(
    gateway: Any, make_exporter: Any, sink: Any, host: Any, telemetry_of: Make, protocol: str
) -> None:
    class Moody:
        """Refuses every other request, asking for a wait."""

        def __init__(self) -> None:
            self.count = 0

        async def consume(self, telemetry: Telemetry) -> None:
            self.count += 1
            if self.count % 2:
                raise RetryableError("memory limit", retry_after=0.01 if protocol == "grpc" else 0.0)
            await sink.consume(telemetry)

    receiver = await gateway(protocol, Moody())
    exporter = make_exporter(protocol, receiver.servers[protocol].port)
    await exporter.start(host)
    for number in range(40):
        await exporter.consume(telemetry_of(first=number))
    await exporter.shutdown()
    assert names(sink.received) == Counter({f"item-{number}": 1 for number in range(40)})


async def test_what_was_accepted_outlives_a_gateway_that_is_down_at_shutdown(
    gateway: Any, make_exporter: Any, sink: Any, host: Any, telemetry_of: Make
) -> None:
    receiver = await gateway("http", sink)
    port = receiver.servers["http"].port
    await receiver.shutdown()
    exporter = make_exporter("http", port)
    await exporter.start(host)
    for number in range(10):
        await exporter.consume(telemetry_of(first=number))
    stopping = asyncio.create_task(exporter.shutdown())
    await asyncio.sleep(0.05)
    await gateway("http", sink, port)
    await asyncio.wait_for(stopping, 10)
    assert names(sink.received) == Counter({f"item-{number}": 1 for number in range(10)})


@pytest.mark.parametrize("level", [Level.DETAILED])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_calls_are_measured_on_both_sides_at_level_detailed(
    gateway: Any, make_exporter: Any, sink: Any, host: Any, telemetry_of: Make, scrape: Any, protocol: str
) -> None:
    receiver = await gateway(protocol, sink)
    exporter = make_exporter(protocol, receiver.servers[protocol].port)
    await exporter.start(host)
    await exporter.consume(telemetry_of(items=1))
    await exporter.shutdown()
    await receiver.shutdown()  # a call is measured when its answer is on its way
    counts = {name.replace("_count{", "{"): value for name, value in scrape().items() if "_duration_count" in name}
    service = "opentelemetry.proto.collector.trace.v1.TraceService"
    rpc = f'{{rpc_method="{service}/Export",rpc_response_status_code="OK",rpc_system_name="grpc"}}'
    method, status = 'http_request_method="POST"', 'http_response_status_code="200"'
    expected = {
        "grpc": {f"rpc_client_call_duration{rpc}", f"rpc_server_call_duration{rpc}"},
        "http": {
            f'http_client_request_duration{{{method},{status},server_address="127.0.0.1"}}',
            f'http_server_request_duration{{{method},{status},http_route="/v1/traces",url_scheme="http"}}',
        },
    }
    assert counts == dict.fromkeys(expected[protocol], 1)


@pytest.mark.parametrize("level", [Level.DETAILED])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_refused_calls_are_measured_with_their_status(
    gateway: Any, make_exporter: Any, host: Any, telemetry_of: Make, scrape: Any, protocol: str
) -> None:
    class Full:
        async def consume(self, telemetry: Telemetry) -> None:
            raise RetryableError("full")

    receiver = await gateway(protocol, Full())
    exporter = make_exporter(protocol, receiver.servers[protocol].port, retry_on_failure={"enabled": False})
    await exporter.start(host)
    await exporter.consume(telemetry_of(items=1))
    await exporter.shutdown()
    await receiver.shutdown()  # a call is measured when its answer is on its way
    label = 'rpc_response_status_code="UNAVAILABLE"' if protocol == "grpc" else 'http_response_status_code="503"'
    server = "rpc_server_call_duration_count" if protocol == "grpc" else "http_server_request_duration_count"
    assert [value for name, value in scrape().items() if name.startswith(server) and label in name] == [1]
