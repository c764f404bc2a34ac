import pytest
from pydantic import ValidationError

from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
from otel_agent.exporters.otlp_grpc.portable_channel import channel_options


def config(**keys: object) -> OtlpGrpcExporterConfig:
    return OtlpGrpcExporterConfig.model_validate({"endpoint": "gateway:4317", **keys})


def test_defaults() -> None:
    made = config()
    assert (made.compression, made.timeout, made.balancer_name, made.keepalive) == ("gzip", 5.0, "round_robin", None)
    assert made.sending_queue is not None
    assert made.retry_on_failure.enabled
    assert not made.plain_text
    assert config(endpoint="http://gateway:4317").plain_text
    assert config(tls={"insecure": True}).plain_text


def test_an_endpoint_is_needed() -> None:
    with pytest.raises(ValidationError, match="non-empty endpoint"):
        config(endpoint="")


def test_settings_become_channel_arguments() -> None:
    options = dict(
        channel_options(
            config(
                authority="a",
                user_agent="me",
                balancer_name="pick_first",
                tls={"server_name_override": "b"},
                keepalive={"time": "20s", "timeout": "3s", "permit_without_stream": True},
            )
        )
    )
    assert options["grpc.default_authority"] == "a"
    assert options["grpc.ssl_target_name_override"] == "b"
    assert options["grpc.primary_user_agent"] == "me"
    assert options["grpc.lb_policy_name"] == "pick_first"
    assert (options["grpc.keepalive_time_ms"], options["grpc.keepalive_timeout_ms"]) == (20000, 3000)
    assert options["grpc.keepalive_permit_without_calls"] == 1


def test_without_keepalive_nothing_is_pinged() -> None:
    assert not any("keepalive" in name for name, _ in channel_options(config()))
