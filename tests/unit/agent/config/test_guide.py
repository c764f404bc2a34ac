"""The configuration that the project's guide prints, checked and decoded with the installed components."""

import pytest

from otel_agent.config.check import check_config
from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.registry import Registry
from otel_agent.config.yaml_document import parse_yaml

GUIDE = """
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: "0.0.0.0:4317"
processors:
  batch: {}
  memory_limiter:
    limit_mib: 200
exporters:
  otlp:
    endpoint: "otel-gateway:4317"
    tls:
      insecure: true
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, batch]
      exporters: [otlp]
"""


@pytest.fixture(scope="module")
def installed():
    return Registry.installed()


def test_guide_has_no_problems(installed):
    assert check_config(parse_yaml(GUIDE), registry=installed) == []


def test_guide_decodes(installed):
    config = decode(parse_yaml(GUIDE), installed)
    receiver = config.receivers[ComponentId("otlp")].model_dump()
    assert receiver["protocols"]["grpc"]["endpoint"] == "0.0.0.0:4317"
    assert receiver["protocols"].get("http") is None
    assert config.processors[ComponentId("memory_limiter")].model_dump()["check_interval"] == 1.0
    exporter = config.exporters[ComponentId("otlp")].model_dump()
    assert exporter["tls"]["insecure"] is True
    assert exporter["sending_queue"]["queue_size"] == 1000


def test_protocols_without_settings_listen_on_localhost(installed):
    text = GUIDE.replace('grpc:\n        endpoint: "0.0.0.0:4317"', "grpc:\n      http:")
    protocols = decode(parse_yaml(text), installed).receivers[ComponentId("otlp")].model_dump()["protocols"]
    assert (protocols["grpc"]["endpoint"], protocols["http"]["endpoint"]) == ("localhost:4317", "localhost:4318")


@pytest.mark.parametrize("kind", list(ComponentKind))
def test_every_installed_component_has_a_model_of_its_own(installed, kind):
    for info in installed.infos(kind):
        assert installed.config_model(info).__name__.endswith("Config"), info


def test_mistake_in_the_guide_is_named_with_its_path(installed):
    problems = check_config(parse_yaml(GUIDE.replace('endpoint: "0.0.0.0:4317"', 'endpiont: "0.0.0.0:4317"')), registry=installed)
    assert str(problems[0]).startswith('receivers::otlp::protocols::grpc::endpiont: unknown key, did you mean "endpoint"?')
