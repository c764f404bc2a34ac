import asyncio
import logging
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.blocks.tls import TlsClientConfig, TlsServerConfig
from otel_agent.config.component import ComponentKind
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.factory import create as create_grpc
from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
from otel_agent.exporters.otlp_http.factory import create as create_http
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import ConsumeError, StartError
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create as create_receiver
from otel_agent.transport.tls import ClientTls, Reloader, client_context, keep_current, server_context
from tests.unit.agent.authority import Authority


def text_of(file: str) -> str:
    return Path(file).read_text()


def spoil(file: str, content: str = "-----BEGIN nothing") -> None:
    Path(file).write_text(content)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ca")


@pytest.fixture
def deliver(front_end: Any, make_context: Any, sink: Any, host: Any, telemetry_of: Callable[..., Telemetry]) -> Any:
    """Send one request from an exporter to a receiver, each with a tls block."""

    async def run(protocol: str, server: dict[str, Any], client: dict[str, Any]) -> None:
        config = OtlpReceiverConfig.model_validate({"protocols": {protocol: {"endpoint": "127.0.0.1:0", "tls": server}}})
        context = make_context(ComponentKind.RECEIVER, "otlp", None)
        context.consumers.update({Signal.TRACES: sink})
        receiver: Any = create_receiver(config, context)
        await receiver.start(host)
        address = f"127.0.0.1:{receiver.servers[protocol].port}"
        keys = {"tls": client, "sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}
        sending = make_context(ComponentKind.EXPORTER, "otlp")
        if protocol == "grpc":
            exporter = create_grpc(OtlpGrpcExporterConfig.model_validate({"endpoint": address, **keys}), sending)
        else:
            exporter = create_http(OtlpHttpExporterConfig.model_validate({"endpoint": f"https://{address}", **keys}), sending)
        try:
            await exporter.start(host)
            await exporter.consume(telemetry_of())
        finally:
            await exporter.shutdown()
            await receiver.shutdown()

    return run


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_tls_with_a_private_ca(deliver: Any, sink: Any, authority: Authority, protocol: str) -> None:
    await deliver(protocol, authority.issue("server"), {"ca_file": authority.ca_file})
    assert len(sink.received) == 1


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_chosen_cipher_suites_and_curves_are_used(deliver: Any, sink: Any, authority: Authority, protocol: str) -> None:
    suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    server = authority.issue("server") | {"cipher_suites": [suite], "max_version": "1.2", "curve_preferences": ["P384", "P256"]}
    await deliver(protocol, server, {"ca_file": authority.ca_file})
    assert len(sink.received) == 1
    other = {"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"], "max_version": "1.2"}
    if protocol == "http":  # gRPC clients choose their own
        with pytest.raises(ConsumeError):
            await deliver(protocol, server, {"ca_file": authority.ca_file} | other)


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_a_server_of_another_ca_is_not_trusted(deliver: Any, sink: Any, authority: Authority, protocol: str) -> None:
    other = Authority(authority.folder, "other")
    with pytest.raises(ConsumeError):
        await deliver(protocol, authority.issue("server"), {"ca_file": other.ca_file})
    assert sink.received == []


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_mutual_tls_takes_only_clients_of_its_ca(deliver: Any, sink: Any, authority: Authority, protocol: str) -> None:
    server = authority.issue("server") | {"client_ca_file": authority.ca_file}
    stranger = Authority(authority.folder, "stranger").issue("stranger-client")
    for client in ({}, stranger):
        with pytest.raises(ConsumeError):
            await deliver(protocol, server, {"ca_file": authority.ca_file} | client)
    assert sink.received == []
    await deliver(protocol, server, {"ca_file": authority.ca_file} | authority.issue("client"))
    assert len(sink.received) == 1


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_the_servers_name_may_be_given(deliver: Any, sink: Any, authority: Authority, protocol: str) -> None:
    client = {"ca_file": authority.ca_file}
    with pytest.raises(ConsumeError):
        await deliver(protocol, authority.issue("server"), client | {"server_name_override": "elsewhere"})
    await deliver(protocol, authority.issue("server"), client | {"server_name_override": "collector"})
    assert len(sink.received) == 1


async def test_pem_in_the_configuration_and_no_verification(deliver: Any, sink: Any, authority: Authority) -> None:
    files = authority.issue("server")
    pem = {"cert_pem": text_of(files["cert_file"]), "key_pem": text_of(files["key_file"])}
    await deliver("http", pem, {"insecure_skip_verify": True})
    assert len(sink.received) == 1


def test_versions_and_cipher_suites_limit_the_context(authority: Authority) -> None:
    suites = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_AES_128_GCM_SHA256"]
    keys = authority.issue("server") | {"min_version": "1.2", "max_version": "1.2", "cipher_suites": suites}
    context = server_context(TlsServerConfig.model_validate(keys))
    assert (context.minimum_version, context.maximum_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
    names = {suite["name"] for suite in context.get_ciphers() if suite["protocol"] != "TLSv1.3"}
    assert "ECDHE-ECDSA-AES128-GCM-SHA256" in names
    assert "ECDHE-RSA-AES256-GCM-SHA384" not in names


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"ca_file": "/no/such"}, "tls::ca_file: cannot read /no/such: No such file"),
        ({"ca_pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "cannot be used"),
        ({"ca_file": __file__[:-3] + ".missing"}, "cannot read"),
        ({"tpm": {"enabled": True}}, "tls::tpm"),
        ({"cipher_suites": ["TLS_NO_SUCH"]}, "tls::cipher_suites"),
    ],
)
def test_unusable_settings_name_their_key(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(StartError, match=message):
        client_context(TlsClientConfig.model_validate(keys))


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    keys = {"cert_file": authority.issue("a")["cert_file"], "key_file": authority.issue("b")["key_file"]}
    with pytest.raises(StartError, match="cannot be used"):
        server_context(TlsServerConfig.model_validate(keys))


def test_files_are_looked_at_only_once_in_an_interval(authority: Authority) -> None:
    now = 0.0
    files = authority.issue("server")
    reloader = Reloader(TlsServerConfig.model_validate(files | {"reload_interval": "10s"}), lambda: now)
    os.utime(files["cert_file"], ns=(1, 1))
    assert not reloader.changed()
    now = 10.0
    assert reloader.changed()
    now = 20.0
    assert not reloader.changed()


def test_a_client_trusts_a_new_authority_from_the_use_after_the_interval_on(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    settings = TlsClientConfig.model_validate({"ca_file": authority.ca_file, "reload_interval": "10s"})
    tls = ClientTls(settings, logging.getLogger("test.tls"), lambda: now)
    context = tls.context()
    spoil(authority.ca_file, text_of(Authority(authority.folder, "next").ca_file))
    assert len(tls.context().get_ca_certs()) == 1
    now = 10.0
    assert tls.context() is context
    assert len(context.get_ca_certs()) == 2
    spoil(authority.ca_file)
    now = 20.0
    assert tls.context() is context
    assert "the old ones stay in use" in caplog.text


async def test_a_context_in_use_gets_the_new_certificate_and_survives_a_bad_one(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    files = authority.issue("server")
    config = TlsServerConfig.model_validate(files | {"reload_interval": "10ms"})
    context = server_context(config)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    async def certificate() -> bytes | None:
        client = ssl.create_default_context(cafile=authority.ca_file)
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
        found: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        return found

    first = await certificate()
    caplog.set_level(logging.INFO)
    watching = asyncio.create_task(keep_current(context, config, logging.getLogger("test.tls")))
    try:
        await asyncio.sleep(0)
        spoil(files["cert_file"])
        await until(lambda: "the old ones stay in use" in caplog.text)
        assert await certificate() == first
        caplog.clear()
        spoil(files["cert_file"], text_of(authority.issue("other")["cert_file"]))  # the key does not come with it
        await until(lambda: "the old ones stay in use" in caplog.text)
        assert await certificate() == first
        authority.issue("server")
        await until(lambda: "Certificates were reloaded" in caplog.text)
        assert await certificate() != first
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        server.close()
        await server.wait_closed()


async def test_a_receiver_shows_a_reissued_certificate_and_takes_no_version_below_its_lowest(
    front_end: Any, make_context: Any, sink: Any, host: Any, authority: Authority
) -> None:
    files = authority.issue("server")
    tls = files | {"reload_interval": "10ms", "min_version": "1.3"}
    config = OtlpReceiverConfig.model_validate({"protocols": {"http": {"endpoint": "127.0.0.1:0", "tls": tls}}})
    context = make_context(ComponentKind.RECEIVER, "otlp", None)
    context.consumers.update({Signal.TRACES: sink})
    receiver: Any = create_receiver(config, context)
    await receiver.start(host)

    async def certificate(highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes | None:
        client = ssl.create_default_context(cafile=authority.ca_file)
        client.maximum_version = highest
        _, writer = await asyncio.open_connection("127.0.0.1", receiver.servers["http"].port, ssl=client)
        found: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        return found

    try:
        first = await certificate()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await certificate(ssl.TLSVersion.TLSv1_2)
        authority.issue("server")
        async with asyncio.timeout(10):
            while await certificate() == first:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        await receiver.shutdown()
