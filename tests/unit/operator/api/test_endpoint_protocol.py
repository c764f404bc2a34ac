"""An endpoint whose port speaks another protocol than the agents is told of, and only then."""

from typing import Any

import pytest

from otel_operator.api.endpoint_protocol import endpoint_warnings
from otel_operator.api.finding import sentences
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()

GUIDE = {name: {"image": f"{DEFAULT_IMAGES[name].rpartition(':')[0]}:latest"} for name in ("nodejs", "python", "java")}


def warnings(endpoint: str, **spec: Any) -> list[str]:
    obj = default_instrumentation({"metadata": {}, "spec": {"exporter": {"endpoint": endpoint}, **spec}}, DEFAULT_IMAGES)
    return list(sentences(endpoint_warnings(obj["spec"], DEFAULT_IMAGES)))


def test_the_guides_instrumentation_is_told_which_languages_speak_http() -> None:
    (warning,) = warnings("http://otel-agent:4317", **GUIDE)
    assert "port 4317 is grpc by convention, and java, nodejs and python will send http/protobuf" in warning
    assert "use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc in the env of java and nodejs" in warning


def test_where_no_language_is_named_all_that_speak_http_are() -> None:
    (warning,) = warnings("http://otel-agent:4317")
    assert "java, nodejs, python, dotnet and go" in warning


def test_port_of_http_suits_every_language_but_a_web_server_that_was_named() -> None:
    assert warnings("http://otel-agent:4318") == []
    (warning,) = warnings("http://otel-agent:4318", nginx={"image": "mine"})
    assert "nginx will send grpc there; use port 4317." in warning


@pytest.mark.parametrize("holder", ["java", "all"])
def test_protocol_in_the_environment_counts(holder: str) -> None:
    env = [{"name": "OTEL_EXPORTER_OTLP_PROTOCOL", "value": "grpc"}]
    spec = {"java": {"image": "mine", "env": env}} if holder == "java" else {"java": {"image": "mine"}, "env": env}
    assert warnings("http://otel-agent:4317", **spec) == []
    (warning,) = warnings("http://otel-agent:4318", **spec)
    assert "java will send grpc there; use port 4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" in warning


def test_python_carries_http_only_whatever_the_environment_says() -> None:
    env = [{"name": "OTEL_EXPORTER_OTLP_PROTOCOL", "value": "grpc"}]
    assert "python will send http/protobuf" in warnings("http://otel-agent:4317", python={"env": env})[0]


def test_endpoint_of_a_language_beats_the_common_one() -> None:
    env = [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://otel-agent:4318"}]
    assert warnings("http://otel-agent:4317", python={"env": env}) == []


@pytest.mark.parametrize("endpoint", ["", "http://otel-agent", "http://otel-agent:99999", "http://[", "http://agent:8080"])
def test_ports_without_a_convention_say_nothing(endpoint: str) -> None:
    assert warnings(endpoint) == []


def test_node_address_from_a_variable_is_understood() -> None:
    assert len(warnings("http://$(OTEL_NODE_IP):4317")) == 1
