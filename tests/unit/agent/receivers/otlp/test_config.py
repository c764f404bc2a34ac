import pytest
from pydantic import ValidationError

from otel_agent.receivers.otlp.config import OtlpReceiverConfig


def test_a_protocol_without_a_body_gets_the_defaults() -> None:
    config = OtlpReceiverConfig.model_validate({"protocols": {"grpc": None, "http": None}})
    assert config.protocols.grpc is not None
    assert config.protocols.http is not None
    assert config.protocols.grpc.endpoint == "localhost:4317"
    assert config.protocols.http.endpoint == "localhost:4318"
    assert config.protocols.http.idle_timeout == 0


def test_a_protocol_not_mentioned_is_off() -> None:
    config = OtlpReceiverConfig.model_validate({"protocols": {"http": {}}})
    assert config.protocols.grpc is None


@pytest.mark.parametrize("raw", [{}, {"protocols": {}}, {"protocols": None}])
def test_at_least_one_protocol_is_needed(raw: object) -> None:
    with pytest.raises(ValidationError, match="must specify at least one protocol"):
        OtlpReceiverConfig.model_validate(raw)


def test_url_paths_get_their_leading_slash() -> None:
    config = OtlpReceiverConfig.model_validate({"protocols": {"http": {"traces_url_path": "in/traces"}}})
    assert config.protocols.http is not None
    assert config.protocols.http.traces_url_path == "/in/traces"


@pytest.mark.parametrize("paths", [{"traces_url_path": ""}, {"traces_url_path": "/v1/logs"}])
def test_paths_that_cannot_work_are_refused(paths: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OtlpReceiverConfig.model_validate({"protocols": {"http": paths}})
