import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc import aio

from otel_agent.config.component import ComponentKind
from otel_agent.config.featuregates import NATIVE_GRPC_CLIENT, FeatureGates
from otel_agent.exporters.otlp_grpc.choice import native_module
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.factory import create
from otel_agent.pdata import native
from otel_agent.pdata.telemetry import Signal
from otel_agent.transport.grpc_services import SERVICES
from otel_agent.transport.status_codes import make_status


class ScriptedServer:
    """A real gRPC server. Each answer is bytes, (code, RetryInfo seconds or None), or an event to wait for before success."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.requests: list[bytes] = []
        self.metadata: list[dict[str, Any]] = []
        self.port = 0

    async def start(self, port: int = 0, address: str = "", credentials: grpc.ServerCredentials | None = None) -> None:
        self.server = aio.server(options=[("grpc.so_reuseport", 0), ("grpc.per_message_decompression", 0)])
        method = grpc.unary_unary_rpc_method_handler(self._export)
        handlers = tuple(grpc.method_handlers_generic_handler(name, {"Export": method}) for name in SERVICES.values())
        self.server.add_generic_rpc_handlers(handlers)
        address = address or f"127.0.0.1:{port}"
        if credentials is not None:
            self.port = self.server.add_secure_port(address, credentials)
        else:
            self.port = self.server.add_insecure_port(address)
        await self.server.start()

    async def _export(self, data: bytes, context: Any) -> bytes:
        self.requests.append(data)
        self.metadata.append(dict(context.invocation_metadata()))
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            return b""
        if isinstance(answer, bytes):
            return answer
        code, delay = answer
        trailers = ()
        if delay is not None:
            trailers = (("grpc-status-details-bin", make_status(code.value[0], "why", delay).SerializeToString()),)
        await context.abort(code, "why", trailers)
        raise AssertionError


@pytest.fixture
def make_server() -> type[ScriptedServer]:
    return ScriptedServer


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    await scripted.start()
    yield scripted
    await scripted.server.stop(0)


@pytest.fixture
async def export(server: ScriptedServer, client: str, make_context: Any, host: Any) -> AsyncIterator[Any]:
    """Start an exporter without a queue: `await (await export(key=value)).consume(...)`."""
    started = []

    async def start(signal: Signal = Signal.TRACES, **keys: Any) -> Any:
        defaults = {"endpoint": f"http://127.0.0.1:{server.port}", "sending_queue": {"enabled": False}}
        defaults["retry_on_failure"] = {"enabled": False}
        exporter = create(
            OtlpGrpcExporterConfig.model_validate(defaults | keys), make_context(ComponentKind.EXPORTER, "otlp_grpc", signal)
        )
        started.append(exporter)
        await exporter.start(host)
        return exporter

    yield start
    for exporter in started:
        await exporter.shutdown()


@pytest.fixture(params=["native", "portable"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with both gRPC clients; returns which it is."""
    if request.param == "native" and (native_module() is None or not native.wanted()):
        pytest.skip("the native extension is not built, or turned off")
    gates = FeatureGates()
    gates.set(NATIVE_GRPC_CLIENT, enabled=request.param == "native")
    monkeypatch.setattr("otel_agent.exporters.otlp_grpc.peer.process_gates", lambda: gates)
    return str(request.param)
