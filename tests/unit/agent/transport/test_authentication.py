"""Authentication extensions on both ends of real connections."""

from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.factory import create as create_grpc
from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
from otel_agent.exporters.otlp_http.factory import create as create_http
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, StartError
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver

Make = Callable[..., Telemetry]


@pytest.fixture
async def chain(make_context: Any, host: Any, sink: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`chain(protocol, server, client)` starts a receiver and an exporter to it with the extensions of these settings."""
    started: list[Any] = []
    extensions: dict[ComponentId, Any] = {}
    host.extension = extensions.__getitem__

    async def extend(name: str, type_name: str, keys: dict[str, Any]) -> dict[str, Any]:
        config = import_module(f"otel_agent.extensions.{type_name}.config")
        model = next(item for key, item in vars(config).items() if key.lower() == type_name.replace("_", "") + "config")
        create = import_module(f"otel_agent.extensions.{type_name}.factory").create
        made = create(model.model_validate(keys), make_context(ComponentKind.EXTENSION, type_name, None))
        extensions[ComponentId(type_name, name)] = made
        started.append(made)
        await made.start(host)
        return {"authenticator": f"{type_name}/{name}"}

    async def start(protocol: str, server: tuple[str, dict[str, Any]], client: tuple[str, dict[str, Any]]) -> Any:
        protocols = {protocol: {"endpoint": "127.0.0.1:0", "include_metadata": True, "auth": await extend("server", *server)}}
        context = make_context(ComponentKind.RECEIVER, "otlp", None)
        context.consumers[Signal.TRACES] = sink
        receiver = create_receiver(OtlpReceiverConfig.model_validate({"protocols": protocols}), context)
        started.append(receiver)
        await receiver.start(host)
        endpoint = f"http://127.0.0.1:{receiver.servers[protocol].port}"
        given = {"endpoint": endpoint, "sending_queue": {"enabled": False}, "auth": await extend("client", *client)}
        exporting = make_context(ComponentKind.EXPORTER, "otlp")
        exporter = (
            create_grpc(OtlpGrpcExporterConfig.model_validate(given), exporting)
            if protocol == "grpc"
            else create_http(OtlpHttpExporterConfig.model_validate(given), exporting)
        )
        started.append(exporter)
        await exporter.start(host)
        return exporter

    yield start
    for item in reversed(started):
        await item.shutdown()


USERS = ("basic_auth", {"htpasswd": {"inline": "jane:secret"}})
TOKENS = ("bearertokenauth", {"token": "t"})


async def test_basic_authentication_passes_the_user_on(chain: Any, sink: Any, telemetry_of: Make) -> None:
    exporter = await chain("http", USERS, ("basic_auth", {"client_auth": {"username": "jane", "password": "secret"}}))
    await exporter.consume(telemetry_of())
    assert sink.received[0].client.auth["username"] == "jane"


async def test_wrong_credentials_are_refused_for_good(chain: Any, sink: Any, telemetry_of: Make) -> None:
    exporter = await chain("http", USERS, ("basic_auth", {"client_auth": {"username": "jane", "password": "guess"}}))
    with pytest.raises(PermanentError, match="401"):
        await exporter.consume(telemetry_of())
    assert not sink.received


async def test_bearer_tokens_work_by_http(chain: Any, sink: Any, telemetry_of: Make) -> None:
    exporter = await chain("http", TOKENS, TOKENS)
    await exporter.consume(telemetry_of())
    assert len(sink.received) == 1


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_headers_are_set_from_the_context_of_each_request(chain: Any, sink: Any, telemetry_of: Make, protocol: str) -> None:
    headers = [
        {"key": "X-Scope-OrgID", "from_context": "x-tenant", "default_value": "nobody"},
        {"key": "Authorization", "value": "Bearer t"},
    ]
    exporter = await chain(protocol, TOKENS, ("headers_setter", {"headers": headers}))
    await exporter.consume(telemetry_of(client=ClientInfo("", {"x-tenant": ("acme",)})))
    await exporter.consume(telemetry_of())
    assert [telemetry.client.metadata["x-scope-orgid"] for telemetry in sink.received] == [("acme",), ("nobody",)]


async def test_grpc_sends_no_credentials_in_plain_text(chain: Any) -> None:
    with pytest.raises(StartError, match=r"bearertokenauth/client.*require transport level security"):
        await chain("grpc", TOKENS, TOKENS)


async def test_an_extension_for_servers_is_none_for_clients(chain: Any) -> None:
    with pytest.raises(StartError, match="cannot add credentials"):
        await chain("http", USERS, USERS)
