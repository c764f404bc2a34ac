"""service::telemetry (collector specification 1.7)."""

import pytest
from pydantic import ValidationError

from otel_agent.config.expansion import Expander
from otel_agent.config.telemetry import TelemetryConfig
from otel_agent.config.yaml_document import parse_yaml


def read(text):
    return TelemetryConfig.model_validate(parse_yaml(text))


def test_defaults():
    config = read("")
    assert (config.logs.level, config.logs.encoding, config.logs.output_paths) == ("info", "console", ["stderr"])
    assert (config.logs.sampling.tick, config.logs.sampling.initial, config.logs.sampling.thereafter) == (10, 10, 100)
    prometheus = config.metrics.readers[0].pull.exporter.prometheus
    assert (prometheus.host, prometheus.port) == ("localhost", 8888)


def test_levels_in_any_case():
    config = read("logs: {level: DEBUG}\nmetrics: {level: Detailed, views: [{selector: {instrument_name: a}, stream: {}}]}")
    assert (config.logs.level, config.metrics.level) == ("debug", "detailed")
    assert read("logs: {level: Warning}").logs.level == "warn"


def test_readers():
    config = read(
        """
metrics:
  readers:
    - pull: {exporter: {prometheus: {host: 0.0.0.0, port: 9090, with_resource_constant_labels: {included: [a]}}}}
    - periodic: {interval: 1000, exporter: {otlp: {protocol: grpc, endpoint: "http://a", headers: [{name: k, value: v}]}}}
    - periodic: {exporter: {console: }}
"""
    )
    pull, push, console = config.metrics.readers
    assert pull.pull.exporter.prometheus.port == 9090
    assert push.periodic.exporter.otlp.headers == {"k": "v"}
    assert console.periodic.exporter.console is not None


def test_headers_of_readers_are_secret():
    otlp = '{protocol: grpc, headers: {a: hunter2}, headers_list: "a=hunter2"}'
    config = read(f"metrics: {{readers: [{{periodic: {{exporter: {{otlp: {otlp}}}}}}}]}}")
    assert "hunter2" not in config.model_dump_json()
    assert "hunter2" not in repr(config)


def test_metrics_may_be_off():
    assert read("metrics: {level: none, readers: []}").metrics.readers == []


def test_resource_as_map_or_attributes():
    assert read("resource: {service.name: x, service.version: }").resource == {"service.name": "x", "service.version": None}
    assert read("resource: {attributes: [{name: service.name, value: x}]}").resource == {"service.name": "x"}
    assert read("resource: {attributes: [{name: a, value: 5}, {name: b, value: true}]}").resource == {"a": "5", "b": "true"}
    assert read("resource: {detection/development: {detectors: [{host: }]}}").resource == {}


VARIABLES = {
    "RESOURCE": "{attributes: [{name: a, value: 0123}]}",
    "LIST": "[{name: a, value: 0123}]",
    "NUMBER": "0123",
    "NAME": "a",
}


@pytest.mark.parametrize(
    "text",
    [
        "resource: ${RESOURCE}",
        "resource: {attributes: '${LIST}'}",
        "resource: {attributes: [{name: a, value: '${NUMBER}'}]}",
        "resource: {attributes: [{name: '${NAME}', value: '${NUMBER}'}]}",
    ],
)
def test_resource_attributes_may_come_from_the_environment(text):
    resolved = Expander({"env": VARIABLES.get}).expand(parse_yaml(text))
    assert TelemetryConfig.model_validate(resolved).resource.keys() == {"a"}


@pytest.mark.parametrize(
    "text",
    [
        "logs: {level: loud}",
        "metrics: {readers: [{}]}",
        "metrics: {readers: [{pull: {exporter: {}}}]}",
        "metrics: {readers: [{periodic: {exporter: {otlp: {endpoint: a}}}}]}",
        "metrics: {readers: [{periodic: {exporter: {otlp: {protocol: grpc}, console: }}}]}",
        "traces: {propagators: [jaeger]}",
        "traces: {processors: [{batch: {}}]}",
        "resource: {attributes: [5]}",
        "resource: {attributes_list: a, attributes: []}",
        "resource: {a: 5}",
        "unknown: 1",
    ],
)
def test_refused(text):
    with pytest.raises(ValidationError):
        read(text)
