from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.exporters.load_balancing.addresses import with_port
from otel_agent.exporters.load_balancing.config import LoadBalancingExporterConfig

STATIC = {"static": {"hostnames": ["a:4317"]}}


def config(**keys: Any) -> LoadBalancingExporterConfig:
    return LoadBalancingExporterConfig.model_validate({"resolver": STATIC, **keys})


def test_defaults_are_those_of_the_go_exporter() -> None:
    made = config(resolver={"dns": {"hostname": "gateway"}})
    assert made.sending_queue is None
    assert made.retry_on_failure is None
    assert made.resolver.dns is not None
    assert (made.resolver.dns.port, made.resolver.dns.interval, made.resolver.dns.timeout) == ("", 5.0, 1.0)
    assert made.protocol.otlp.sending_queue is not None
    k8s = config(resolver={"k8s": {"service": "gateway.observability"}}).resolver.k8s
    assert k8s is not None
    assert (k8s.ports, k8s.timeout, k8s.return_hostnames) == ([4317], 1.0, False)


def test_the_keys_of_the_otlp_exporter_are_those_of_the_protocol() -> None:
    made = config(protocol={"otlp": {"tls": {"insecure": True}, "timeout": "1s", "sending_queue": {"queue_size": 5}}})
    assert made.protocol.otlp.plain_text
    assert made.protocol.otlp.sending_queue is not None
    assert made.protocol.otlp.sending_queue.queue_size == 5


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"resolver": {}}, "exactly one of static, dns and k8s"),
        ({"resolver": {**STATIC, "dns": {"hostname": "x"}}}, "found static, dns"),
        ({"resolver": {"static": {"hostnames": []}}}, "no hostnames"),
        ({"resolver": {"static": {"hostnames": ["a:4317", "b:99999"]}}}, 'hostname "b:99999": "99999" is not a port number'),
        ({"resolver": {"static": {"hostnames": ["http://a:otlp"]}}}, '"otlp" is not a port number'),
        ({"resolver": {"static": {"hostnames": ["http://a:4317/"]}}}, '"4317/" is not a port number'),
        ({"resolver": {"static": None}}, "no hostnames"),
        ({"resolver": {"dns": {}}}, "no hostname"),
        ({"resolver": {"dns": {"hostname": "x", "port": "http"}}}, "not a port number"),
        ({"resolver": {"k8s": {}}}, "no service"),
        ({"resolver": {"k8s": {"service": "x", "ports": [0]}}}, "port numbers"),
        ({"resolver": {"aws_cloud_map": {"namespace": "x"}}}, "aws_cloud_map is not supported"),
        ({"routing_key": "attributes"}, "needs `routing_attributes`"),
        ({"routing_key": "span"}, "routing_key"),
        ({"protocol": {"otlp": {"endpont": "x"}}}, "endpont"),
        ({"timeout": "-1s"}, "non-negative"),
    ],
)
def test_settings_that_cannot_be_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config(**keys)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("host", "host:4317"),
        ("host:1234", "host:1234"),
        ("10.0.0.1", "10.0.0.1:4317"),
        ("[::1]", "[::1]:4317"),
        ("[::1]:55", "[::1]:55"),
        ("2001:db8::1", "[2001:db8::1]:4317"),
        ("http://host", "http://host:4317"),
        ("https://host:1234", "https://host:1234"),
    ],
)
def test_an_endpoint_without_port_gets_4317(endpoint: str, expected: str) -> None:
    assert with_port(endpoint) == expected
    config(resolver={"static": {"hostnames": [endpoint]}})
