import logging
from typing import Any

import pytest

from otel_agent.config.blocks.tls import TlsServerConfig
from otel_agent.config.component import ComponentKind
from otel_agent.config.featuregates import ANY_PROTOCOL, NATIVE_FRONT_END, FeatureGates
from otel_agent.pdata.telemetry import Signal
from otel_agent.receivers.otlp.config import OtlpGrpcConfig, OtlpHttpConfig, OtlpReceiverConfig
from otel_agent.receivers.otlp.front_end import FrontEnd, choose, native_module, why_portable
from otel_agent.receivers.otlp.native_limits import LIMITS
from otel_agent.receivers.otlp.native_plan import plans
from otel_agent.receivers.otlp.native_tls import CURVES, SUITES, versions_of
from otel_agent.receivers.otlp.receiver import OtlpReceiver


def config_of(**protocols: Any) -> OtlpReceiverConfig:
    return OtlpReceiverConfig.model_validate({"protocols": protocols})


def tls_of(**keys: Any) -> dict[str, Any]:
    return {"tls": {"cert_file": "/a", "key_file": "/b", **keys}}


GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, None),
        ({"min_version": "1.3"}, None),
        ({"min_version": "1.0"}, "min_version below 1.2"),
        ({"max_version": "1.1", "min_version": "1.0"}, "min_version below 1.2"),
        ({"cipher_suites": [GCM, "TLS_AES_128_GCM_SHA256"]}, None),
        ({"cipher_suites": [GCM, "TLS_RSA_WITH_AES_128_CBC_SHA"]}, "cipher_suites: TLS_RSA_WITH_AES_128_CBC_SHA"),
        ({"curve_preferences": ["P256", "X25519"]}, None),
        ({"curve_preferences": ["P256", "P521"]}, "curve_preferences: P521"),
    ],
)
@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_settings_that_only_the_portable_front_end_has_are_named(protocol: str, keys: dict[str, Any], reason: str | None) -> None:
    block = getattr(config_of(**{protocol: tls_of(**keys)}).protocols, protocol)
    assert why_portable(block) == (reason and f"protocols::{protocol}::tls::{reason}")


def test_tls_1_2_is_off_when_no_cipher_suite_of_it_is_named() -> None:
    def versions(**keys: Any) -> list[str]:
        return versions_of(TlsServerConfig.model_validate(tls_of(**keys)["tls"]))

    assert versions() == versions(cipher_suites=[GCM]) == ["1.2", "1.3"]
    assert versions(cipher_suites=["TLS_AES_128_GCM_SHA256"]) == ["1.3"]
    assert versions(cipher_suites=["TLS_AES_128_GCM_SHA256"], max_version="1.2") == []


@pytest.mark.skipif(native_module() is None, reason="the native extension is not built")
def test_the_extension_knows_what_is_said_of_it() -> None:
    ingress: Any = native_module().Ingress(plans(config_of(grpc={}), [], FeatureGates())[0].settings)  # type: ignore[union-attr]
    for suites, curves in ((sorted(SUITES), []), ([], sorted(CURVES))):
        with pytest.raises(ValueError, match="key:"):  # the names passed, the empty certificate does not
            ingress.set_tls(b"", b"", b"", ["1.2", "1.3"], suites, curves)
    with pytest.raises(ValueError, match="P521 is not supported"):
        ingress.set_tls(b"", b"", b"", ["1.2", "1.3"], [], ["P521"])
    assert ingress.limit_hits().keys() == LIMITS.keys()


@pytest.mark.parametrize("keys", [{"transport": "unix", "endpoint": "/run/otlp.sock"}, {"endpoint": "unix:/run/otlp.sock"}])
def test_grpc_over_a_unix_socket_is_served_by_the_portable_front_end(keys: dict[str, str]) -> None:
    config = config_of(grpc=keys, http=keys)
    assert "unix" in str(why_portable(config.protocols.grpc or OtlpGrpcConfig()))
    assert why_portable(config.protocols.http or OtlpHttpConfig()) is None


def test_the_gate_turns_the_native_front_end_off() -> None:
    gates = FeatureGates()
    gates.set(NATIVE_FRONT_END, enabled=False)
    assert choose(OtlpGrpcConfig(), gates, logging.getLogger()) is FrontEnd.PORTABLE


@pytest.mark.skipif(native_module() is None, reason="the native extension is not built")
def test_one_port_falls_back_alone_and_says_so_in_one_line(make_context: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    context = make_context(ComponentKind.RECEIVER, "otlp", None)
    receiver = OtlpReceiver(config_of(grpc={"endpoint": "unix:/run/otlp.sock"}, http={}), context)
    assert [type(server).__name__ for server in receiver.servers.values()] == ["GrpcServer", "NativeServer"]
    assert [record.getMessage() for record in caplog.records] == [
        "The portable front end serves this port, the native one has no gRPC over unix sockets (protocols::grpc::transport)"
    ]


def test_a_port_serves_both_protocols_unless_the_gate_is_off() -> None:
    gates = FeatureGates()
    [plan] = plans(config_of(grpc={}), [Signal.LOGS], gates)
    assert (plan.settings.grpc, plan.settings.http) == (True, True)
    assert plan.settings.http_paths == [("/v1/logs", 2)]
    gates.set(ANY_PROTOCOL, enabled=False)
    [plan] = plans(config_of(http={}), [Signal.LOGS], gates)
    assert (plan.settings.grpc, plan.settings.http) == (False, True)


def test_the_other_protocol_of_a_port_takes_the_settings_of_its_own_block() -> None:
    config = config_of(grpc={"max_recv_msg_size_mib": 1}, http={"traces_url_path": "/in", "include_metadata": True})
    grpc, http = plans(config, [Signal.TRACES], FeatureGates())
    assert grpc.settings.http_paths == http.settings.http_paths == [("/in", 0)]
    assert http.settings.grpc_limit == 1024 * 1024
    assert (grpc.settings.headers, http.settings.headers) == (False, True)
