import logging
import os
import subprocess
import sys
from typing import Any

import pytest

from otel_agent.config.featuregates import NATIVE_GRPC_CLIENT, FeatureGates
from otel_agent.exporters.otlp_grpc.choice import ClientKind, choose, native_module, why_portable
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.native_metadata import from_wire, to_wire
from otel_agent.exporters.otlp_grpc.native_settings import channel_settings

NEEDS_NATIVE = pytest.mark.skipif(native_module() is None, reason="the native extension is not built")


def config_of(**keys: Any) -> OtlpGrpcExporterConfig:
    return OtlpGrpcExporterConfig.model_validate({"endpoint": "gateway:4317", **keys})


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, None),
        ({"compression": "zstd", "balancer_name": "pick_first", "wait_for_ready": True}, None),
        ({"tls": {"min_version": "1.2", "insecure_skip_verify": True}}, None),
        ({"tls": {"min_version": "1.1"}}, "tls::min_version below 1.2"),
        ({"tls": {"min_version": "1.0", "max_version": "1.1"}}, "tls::min_version below 1.2"),
        ({"tls": {"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}}, "tls::cipher_suites"),
        ({"tls": {"insecure": True, "cipher_suites": ["x"]}}, None),
        ({"endpoint": "dns://10.0.0.53/gateway:4317"}, 'endpoint "dns://10.0.0.53/gateway:4317"'),
        ({"endpoint": "unix:///run/otlp.sock"}, None),
    ],
)
def test_settings_that_only_grpcio_has_are_named(keys: dict[str, Any], reason: str | None) -> None:
    assert why_portable(config_of(**keys), {}) == reason


def test_a_proxy_is_left_to_grpcio_unless_the_peer_is_reached_without() -> None:
    proxy = {"https_proxy": "http://proxy:3128"}
    assert why_portable(config_of(), proxy) == "proxies (environment variable https_proxy)"
    assert why_portable(config_of(), proxy | {"no_proxy": "gateway"}) is None
    assert why_portable(config_of(endpoint="unix:///run/otlp.sock"), proxy) is None


@NEEDS_NATIVE
def test_gate_and_environment_turn_the_native_client_off(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    gates, logger = FeatureGates(), logging.getLogger("otlp")
    assert choose(config_of(), gates, logger, {}) is ClientKind.NATIVE
    assert choose(config_of(), gates, logger, {"OTELCOL_NATIVE": "0"}) is ClientKind.PORTABLE
    gates.set(NATIVE_GRPC_CLIENT, enabled=False)
    assert choose(config_of(), gates, logger, {}) is ClientKind.PORTABLE
    assert caplog.records == []


@NEEDS_NATIVE
def test_falling_back_is_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert choose(config_of(tls={"min_version": "1.1"}), FeatureGates(), logging.getLogger("otlp"), {}) is ClientKind.PORTABLE
    assert [record.getMessage() for record in caplog.records] == [
        "The portable gRPC client serves this exporter, the native one has no tls::min_version below 1.2"
    ]


def test_the_authority_is_configured_or_the_override_or_the_target() -> None:
    def names(**keys: Any) -> tuple[str, str | None]:
        settings = channel_settings(config_of(**keys))
        return settings.authority, settings.tls.server_name if settings.tls is not None else None

    assert names() == ("gateway:4317", "gateway")
    assert names(tls={"insecure": True, "server_name_override": "other"}) == ("gateway:4317", None)
    assert names(tls={"server_name_override": "other"}) == ("other", "other")
    assert names(authority="a:1", tls={"server_name_override": "other"}) == ("a:1", "other")
    assert names(authority="a:1") == ("a:1", "a")
    assert names(endpoint="https://[::1]:4317") == ("[::1]:4317", "::1")


def test_settings_become_those_of_the_extension() -> None:
    plain = channel_settings(config_of(balancer_name=""))
    assert (plain.round_robin, plain.keepalive_time, plain.keepalive_idle) == (False, 0.0, False)
    assert plain.tls is not None
    assert (plain.tls.system_roots, plain.tls.versions) == (True, ["1.2", "1.3"])
    keepalive = {"time": "20s", "timeout": "3s", "permit_without_stream": True}
    other = channel_settings(config_of(keepalive=keepalive, user_agent="me", tls={"ca_pem": "x", "min_version": "1.3"}))
    assert (other.keepalive_time, other.keepalive_timeout, other.keepalive_idle) == (20.0, 3.0, True)
    assert other.tls is not None
    assert (other.tls.system_roots, other.tls.versions, other.user_agent) == (False, ["1.3"], "me")


def test_metadata_travels_in_lower_case_without_what_grpc_sets() -> None:
    headers = {"X-Tenant": "a", "key-bin": "\x01\x02", "grpc-timeout": "1S", "User-Agent": "b", "TE": "c", ":path": "d"}
    assert to_wire(headers) == [("x-tenant", "a"), ("key-bin", "AQI")]


def test_binary_metadata_is_read_padded_or_not() -> None:
    assert [from_wire(text) for text in ("AQI", "AQI=", "not base64!")] == [b"\x01\x02", b"\x01\x02", None]


CODE = """
import asyncio, logging, sys
from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.peer import GrpcPeer
from otel_agent.pdata.telemetry import NO_CLIENT, Signal, Telemetry
from otel_agent.pipeline.errors import ConsumeError
async def main():
    peer = GrpcPeer(OtlpGrpcExporterConfig.model_validate({"endpoint": "http://127.0.0.1:1"}), Signal.LOGS, logging.getLogger())
    await peer.open(None)
    try:
        await peer.push(Telemetry(Signal.LOGS, b"", 0, NO_CLIENT))
    except ConsumeError as error:
        print(int(error.grpc_code), "grpc" in sys.modules, flush=True)
    await peer.close()
asyncio.run(main())
"""


@NEEDS_NATIVE
@pytest.mark.parametrize(("variable", "printed"), [("1", "14 False"), ("0", "14 True")])
def test_grpcio_is_loaded_only_where_it_is_used(variable: str, printed: str) -> None:
    environment = os.environ | {"OTELCOL_NATIVE": variable}
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert done.stdout.strip() == printed


FORK = """
import os
%s
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
asyncio.run(main())
sys.stdout.flush()
os._exit(0)
"""


@NEEDS_NATIVE
def test_a_child_of_a_process_that_made_calls_makes_its_own() -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORK % CODE]
    environment = os.environ | {"OTELCOL_NATIVE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert done.stdout.split() == ["14", "False"] * 2
