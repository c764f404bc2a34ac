from copy import deepcopy

import pytest

from otel_operator.components.defaulting import TELEMETRY_DEFAULTED, default_collector, default_config

READER = {"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": 8888}}}}


def defaulted(config):
    return default_config(config)[0]


def test_collector_without_telemetry_gets_a_metrics_reader_and_an_event(make_config):
    config, events = default_config(make_config())
    assert config["service"]["telemetry"] == {"metrics": {"readers": [READER]}}
    assert events == (TELEMETRY_DEFAULTED,)


def test_other_telemetry_settings_survive_beside_the_reader(make_config):
    telemetry = {"logs": {"level": "debug"}, "resource": {"a": "b"}, "metrics": {"level": "detailed"}}
    assert defaulted(make_config(telemetry=telemetry))["service"]["telemetry"] == {
        "logs": {"level": "debug"},
        "resource": {"a": "b"},
        "metrics": {"level": "detailed", "readers": [READER]},
    }


@pytest.mark.parametrize(
    "telemetry",
    [
        {"metrics": {"address": ":1"}},
        {"metrics": {"readers": [{"periodic": {}}]}},
        "text",
        {"metrics": []},
        {"metrics": {"readers": 1}},
    ],
)
def test_telemetry_that_says_where_or_cannot_be_read_is_left_alone(make_config, telemetry):
    config, events = default_config(make_config(telemetry=telemetry))
    assert config["service"]["telemetry"] == telemetry
    assert events == ()


@pytest.mark.parametrize(
    ("component", "raw", "result"),
    [
        ("zipkin", None, {"endpoint": "0.0.0.0:9411"}),
        ("zipkin", {"endpoint": ":1"}, {"endpoint": "0.0.0.0:1"}),
        ("zipkin", {"endpoint": "localhost"}, {"endpoint": "localhost:9411"}),
        ("zipkin", {"endpoint": "0.0.0.0:${env:PORT}"}, {"endpoint": "0.0.0.0:${env:PORT}"}),
        ("statsd/second", {"aggregation_interval": "1s"}, {"aggregation_interval": "1s", "endpoint": "0.0.0.0:8125"}),
        ("otlp", {"protocols": {"grpc": None}}, {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}}}),
        (
            "otlp/2",
            {"protocols": {"http": {"endpoint": ":4320", "tls": {"cert_file": "x"}}}},
            {"protocols": {"http": {"endpoint": "0.0.0.0:4320", "tls": {"cert_file": "x"}}}},
        ),
        ("otlp", {"protocols": {"http": {"endpoint": "localhost"}}}, {"protocols": {"http": {"endpoint": "localhost:4318"}}}),
        ("otlp", {"protocols": {"grcp": None}}, {"protocols": {"grcp": None}}),
        ("otlp", {"protocols": None}, {"protocols": None}),
        ("otlp", None, None),
        ("otlp", "text", "text"),
        ("zipkin", {"endpoint": 9411}, {"endpoint": 9411}),
        ("tcplog", {}, {}),
        ("hostmetrics", None, None),
        ("foo", {"endpoint": ":1"}, {"endpoint": ":1"}),
    ],
)
def test_receiver_in_use_gets_complete_endpoints(make_config, component, raw, result):
    assert defaulted(make_config(receivers={component: raw}))["receivers"] == {component: result}


@pytest.mark.parametrize(
    ("component", "raw", "result"),
    [
        ("health_check", None, {"endpoint": "0.0.0.0:13133", "path": "/"}),
        ("health_check", {"endpoint": ":1", "path": "/up"}, {"endpoint": "0.0.0.0:1", "path": "/up"}),
        ("jaeger_query", None, {"http": {"endpoint": "0.0.0.0:16686"}}),
        (
            "jaeger_query",
            {"http": {"endpoint": ":1"}, "grpc": {"endpoint": ":2"}},
            {"http": {"endpoint": "0.0.0.0:1"}, "grpc": {"endpoint": "0.0.0.0:2"}},
        ),
        ("pprof", None, None),
    ],
)
def test_extension_in_use_gets_complete_endpoints(make_config, component, raw, result):
    assert defaulted(make_config(extensions={component: raw}))["extensions"] == {component: result}


def test_component_out_of_use_is_untouched():
    config = {"receivers": {"zipkin": None}, "exporters": {}, "service": {"pipelines": {}}}
    assert defaulted(config)["receivers"] == {"zipkin": None}


def test_dangling_reference_is_not_materialised():
    config = {"receivers": {}, "exporters": {}, "service": {"pipelines": {"traces": {"receivers": ["zipkin"], "exporters": []}}}}
    assert defaulted(config)["receivers"] == {}


def test_prometheus_exporter_is_not_given_the_port_of_the_collectors_own_metrics(make_config):
    assert defaulted(make_config(exporters={"prometheus": {}}))["exporters"] == {"prometheus": {}}
    elsewhere = make_config(exporters={"prometheus": {}}, telemetry={"metrics": {"address": ":9"}})
    assert defaulted(elsewhere)["exporters"] == {"prometheus": {"endpoint": "0.0.0.0:8888"}}
    assert (
        defaulted(make_config(exporters={"prometheus": {"endpoint": ":9"}}))["exporters"]["prometheus"]["endpoint"] == "0.0.0.0:9"
    )


def test_defaulting_twice_changes_nothing_more_and_never_the_input(make_collector):
    collector = make_collector()
    collector["spec"]["config"]["receivers"]["otlp"]["protocols"] = {"grpc": None}
    del collector["spec"]["config"]["service"]["telemetry"]
    before = deepcopy(collector)
    first = default_collector(collector)
    assert collector == before
    assert first.events
    second = default_collector(first.object)
    assert second.object == first.object
    assert second.events == ()


@pytest.mark.parametrize("config", [None, "receivers:", [], {}, {"service": None}])
def test_config_of_another_shape_is_left_alone(make_collector, config):
    assert default_collector(make_collector(config=config)).object["spec"]["config"] == config


def test_pipelines_and_sections_of_another_shape_are_left_alone(make_collector):
    config = {"service": {"pipelines": [], "telemetry": {"metrics": {"address": ":1"}}}, "receivers": 1}
    assert default_collector(make_collector(config=config)).object["spec"]["config"] == config


def test_unknown_keys_of_config_survive(make_config):
    config = make_config() | {"x-anchors": {"a": 1}}
    assert defaulted(config)["x-anchors"] == {"a": 1}
