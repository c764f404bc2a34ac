import logging
from typing import Any

import pytest

from otel_agent.config.featuregates import ANY_PROTOCOL, NATIVE_FRONT_END, FeatureGates
from otel_agent.pdata.telemetry import Signal
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.front_end import FrontEnd, choose, native_module, why_portable
from otel_agent.receivers.otlp.native_plan import plans


def config_of(**protocols: Any) -> OtlpReceiverConfig:
    return OtlpReceiverConfig.model_validate({"protocols": protocols})


def tls_of(**keys: Any) -> dict[str, Any]:
    return {"tls": {"cert_file": "/a", "key_file": "/b", **keys}}


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, None),
        ({"min_version": "1.3"}, None),
        ({"min_version": "1.0"}, "protocols::grpc::tls::min_version below 1.2"),
        ({"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, "protocols::grpc::tls::cipher_suites"),
        ({"curve_preferences": ["P256"]}, "protocols::grpc::tls::curve_preferences"),
    ],
)
def test_settings_that_only_the_portable_front_end_has_are_named(keys: dict[str, Any], reason: str | None) -> None:
    assert why_portable(config_of(grpc=tls_of(**keys))) == reason


@pytest.mark.parametrize("keys", [{"transport": "unix", "endpoint": "/run/otlp.sock"}, {"endpoint": "unix:/run/otlp.sock"}])
def test_grpc_over_a_unix_socket_is_served_by_the_portable_front_end(keys: dict[str, str]) -> None:
    assert "unix" in str(why_portable(config_of(grpc=keys)))
    assert why_portable(config_of(http=keys)) is None


def test_the_gate_turns_the_native_front_end_off() -> None:
    gates = FeatureGates()
    gates.set(NATIVE_FRONT_END, enabled=False)
    assert choose(config_of(grpc={}), gates, logging.getLogger()) is FrontEnd.PORTABLE


@pytest.mark.skipif(native_module() is None, reason="the native extension is not built")
def test_falling_back_is_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    found = choose(config_of(http=tls_of(min_version="1.1")), FeatureGates(), logging.getLogger("otlp"))
    assert found is FrontEnd.PORTABLE
    assert [record.getMessage() for record in caplog.records] == [
        "The portable front end serves this receiver, the native one has no protocols::http::tls::min_version below 1.2"
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
