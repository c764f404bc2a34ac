import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
from otel_agent.exporters.otlp_http.factory import create
from otel_agent.pdata.otlp_json import request_to_json
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import GraphError, PermanentError, RetryableError, StartError
from otel_agent.transport.content_encoding import decompress

Make = Callable[..., Telemetry]


class ScriptedServer:
    """A real HTTP server. Each answer is a web.Response or None, which hangs up."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections: set[Any] = set()

    async def start(self) -> None:
        server = web.Server(self._answer, auto_decompress=False, access_log=None)
        self.runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = self.runner.addresses[0][1]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.connections.add(request.transport.get_extra_info("peername"))
        self.requests.append((request.path, {key.lower(): value for key, value in request.headers.items()}, await request.read()))
        answer = self.answers.pop(0) if self.answers else web.Response()
        if answer is None:
            request.transport.abort()
            return web.Response()
        return answer


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    await scripted.start()
    yield scripted
    await scripted.runner.cleanup()


@pytest.fixture
async def export(server: ScriptedServer, make_context: Any, host: Any) -> AsyncIterator[Any]:
    started = []

    async def start(signal: Signal = Signal.TRACES, **keys: Any) -> Any:
        defaults: dict[str, Any] = {"endpoint": f"http://127.0.0.1:{server.port}", "sending_queue": {"enabled": False}}
        defaults["retry_on_failure"] = {"enabled": False}
        exporter = create(
            OtlpHttpExporterConfig.model_validate(defaults | keys), make_context(ComponentKind.EXPORTER, "otlp_http", signal)
        )
        started.append(exporter)
        await exporter.start(host)
        return exporter

    yield start
    for exporter in started:
        await exporter.shutdown()


@pytest.mark.parametrize("signal", list(Signal))
async def test_each_signal_goes_to_its_path_gzipped(
    server: ScriptedServer, export: Any, telemetry_of: Make, signal: Signal
) -> None:
    sent = telemetry_of(signal, items=40)
    await (await export(signal)).consume(sent)
    path, headers, body = server.requests[0]
    assert path == f"/v1/{signal}"
    assert (headers["content-type"], headers["content-encoding"]) == ("application/x-protobuf", "gzip")
    assert headers["user-agent"].startswith("OpenTelemetry-Collector-Python/")
    assert gzip.decompress(body) == sent.data


@pytest.mark.parametrize("compression", ["zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "lz4"])
async def test_other_compressions(server: ScriptedServer, export: Any, telemetry_of: Make, compression: str) -> None:
    sent = telemetry_of(items=40)
    await (await export(compression=compression)).consume(sent)
    _, headers, body = server.requests[0]
    assert headers["content-encoding"] == compression
    assert decompress(compression, body, 1 << 20) == sent.data


async def test_json_headers_and_an_endpoint_of_its_own(server: ScriptedServer, export: Any, telemetry_of: Make) -> None:
    own = f"http://127.0.0.1:{server.port}/in?tenant=a"
    keys = {"encoding": "json", "compression": "none", "traces_endpoint": own, "headers": {"X-Tenant": "a", "Host": "shop"}}
    await (await export(**keys)).consume(telemetry_of(items=2))
    path, headers, body = server.requests[0]
    assert (path, headers["content-type"], headers["x-tenant"], headers["host"]) == ("/in", "application/json", "a", "shop")
    assert body == request_to_json(Signal.TRACES, telemetry_of(items=2).data)


async def test_a_large_request_in_json_does_not_stop_the_event_loop(
    server: ScriptedServer, export: Any, telemetry_of: Make
) -> None:
    exporter = await export(encoding="json")
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while not server.requests:
            turns += 1
            await asyncio.sleep(0.001)

    sent = telemetry_of(items=60_000)
    counting = asyncio.create_task(turn())
    await asyncio.sleep(0)
    await exporter.consume(sent)
    await counting
    assert turns > 5


async def test_connections_are_used_again(server: ScriptedServer, export: Any, telemetry_of: Make) -> None:
    exporter = await export()
    for _ in range(5):
        await exporter.consume(telemetry_of())
    assert len(server.connections) == 1


async def test_refusals_are_judged_by_their_status(server: ScriptedServer, export: Any, telemetry_of: Make) -> None:
    exporter = await export()
    server.answers = [web.Response(status=503, headers={"Retry-After": "9"}), web.Response(status=400), web.Response(status=307)]
    with pytest.raises(RetryableError, match="HTTP Status Code 503") as caught:
        await exporter.consume(telemetry_of())
    assert caught.value.retry_after == 9.0
    for _ in range(2):
        with pytest.raises(PermanentError):
            await exporter.consume(telemetry_of())


async def test_a_connection_that_breaks_is_tried_again(server: ScriptedServer, export: Any, telemetry_of: Make) -> None:
    server.answers = [None]
    await (await export(retry_on_failure={"initial_interval": "1ms"})).consume(telemetry_of())
    assert len(server.requests) == 2


async def test_partial_success_is_only_logged(
    server: ScriptedServer, export: Any, telemetry_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    partial = ExportTraceServiceResponse()
    partial.partial_success.rejected_spans = 2
    server.answers = [
        web.Response(body=partial.SerializeToString(), content_type="application/x-protobuf"),
        web.Response(body=b'{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "old"}}', content_type="application/json"),
    ]
    exporter = await export()
    for _ in range(2):
        await exporter.consume(telemetry_of(items=4))
    rejected = [record.__dict__["rejected_items"] for record in caplog.records if record.levelno == logging.WARNING]
    assert rejected == [2, 3]


@pytest.mark.parametrize("content_type", ["application/x-protobuf", "application/json"])
async def test_an_answer_that_is_not_what_it_says_is_permanent(
    server: ScriptedServer, export: Any, telemetry_of: Make, content_type: str
) -> None:
    server.answers = [web.Response(body=b"\xff<html>", content_type=content_type)]
    with pytest.raises(PermanentError, match="the answer is not"):
        await (await export()).consume(telemetry_of())


async def test_of_an_endless_answer_only_the_start_is_read(server: ScriptedServer, export: Any, telemetry_of: Make) -> None:
    server.answers = [web.Response(body=bytes(5_000_000), content_type="text/plain"), web.Response()]
    exporter = await export()
    for _ in range(2):
        await exporter.consume(telemetry_of())
    assert len(server.connections) == 2


async def test_a_peer_that_is_down_fails_no_start(export: Any, telemetry_of: Make) -> None:
    exporter = await export(endpoint="http://127.0.0.1:1")
    with pytest.raises(RetryableError, match=r"http://127.0.0.1:1/v1/traces"):
        await exporter.consume(telemetry_of())


async def test_a_proxy_is_used_when_configured(server: ScriptedServer, export: Any, telemetry_of: Make) -> None:
    exporter = await export(endpoint="http://collector.example:4318", proxy_url=f"http://127.0.0.1:{server.port}")
    await exporter.consume(telemetry_of())
    assert server.requests[0][1]["host"] == "collector.example:4318"


async def test_unusable_tls_files_fail_the_start(export: Any) -> None:
    with pytest.raises(StartError, match="tls::ca_file: cannot read /no/such"):
        await export(endpoint="https://127.0.0.1:1", tls={"ca_file": "/no/such"})


async def test_a_signal_without_an_endpoint_cannot_be_built(export: Any) -> None:
    with pytest.raises(GraphError, match="set logs_endpoint"):
        await export(Signal.LOGS, endpoint="", traces_endpoint="http://a/v1/traces")


@pytest.mark.parametrize("keys", [{}, {"endpoint": "gateway:4318"}, {"endpoint": "grpc://gateway"}, {"logs_endpoint": "http://"}])
def test_endpoints_must_be_urls(keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="endpoint"):
        OtlpHttpExporterConfig.model_validate(keys)


async def test_shutdown_waits_for_nothing_when_idle(export: Any) -> None:
    exporter = await export(sending_queue={})
    await asyncio.wait_for(exporter.shutdown(), 1)


async def test_an_accepted_request_is_not_sent_again_when_its_answer_breaks_off(
    export: Any, telemetry_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    requests = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 9\r\n\r\nab")
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        retry = {"initial_interval": "1ms", "max_interval": "1ms", "max_elapsed_time": "0s"}
        exporter = await export(endpoint=f"http://127.0.0.1:{port}", retry_on_failure=retry)
        await asyncio.wait_for(exporter.consume(telemetry_of()), 5)
    assert requests == 1
    assert "cannot be read" in caplog.text
