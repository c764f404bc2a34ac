import pytest

from otel_operator.components.telemetry import metrics_endpoint, shape_problem


def config(telemetry):
    return {"service": {"telemetry": telemetry}}


def prometheus(**settings):
    return {"pull": {"exporter": {"prometheus": settings}}}


@pytest.mark.parametrize(
    ("metrics", "port"),
    [
        ({"address": "0.0.0.0:9090"}, 9090),
        ({"address": "0.0.0.0"}, 8888),
        ({"address": "0.0.0.0:9090", "readers": [prometheus(port=1)]}, 1),
        ({"readers": [prometheus(host="0.0.0.0", port=9091)]}, 9091),
        ({"readers": [prometheus(port=0)]}, 8888),
        ({"readers": [prometheus()]}, 8888),
        ({"readers": [{"periodic": {}}, prometheus(port=9092)]}, 9092),
        ({"readers": [{"periodic": {}}]}, 8888),
        ({}, 8888),
        (None, 8888),
    ],
)
def test_own_metrics_port_is_that_of_the_first_prometheus_reader(metrics, port):
    endpoint = metrics_endpoint(config({"metrics": metrics}))
    assert (endpoint.port, endpoint.problem) == (port, None)


@pytest.mark.parametrize(
    ("metrics", "field"),
    [
        ({"address": "0.0.0.0:${env:PORT}"}, "spec.config.service.telemetry.metrics.address"),
        ({"address": "0.0.0.0:70000"}, "spec.config.service.telemetry.metrics.address"),
        ({"readers": [prometheus(port=70000)]}, "metrics.readers[0].pull.exporter.prometheus.port"),
        ({"readers": [prometheus(port="${env:PORT}")]}, "metrics.readers[0].pull.exporter.prometheus.port"),
    ],
)
def test_own_metrics_port_that_cannot_be_read_is_the_default_with_a_problem(metrics, field):
    endpoint = metrics_endpoint(config({"metrics": metrics}))
    assert endpoint.port == 8888
    assert field in str(endpoint.problem)


@pytest.mark.parametrize(
    ("telemetry", "path"),
    [("x", "telemetry: must be"), ({"metrics": 1}, "metrics: must be"), ({"metrics": {"readers": {}}}, "readers: must be")],
)
def test_telemetry_of_another_shape_is_told(telemetry, path):
    assert path in str(shape_problem(config(telemetry)))
