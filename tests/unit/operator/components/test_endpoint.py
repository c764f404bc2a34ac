import pytest

from otel_operator.components.endpoint import completed, listening_port, port_of


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("0.0.0.0:4317", 4317),
        (":4317", 4317),
        ("[::1]:4317", 4317),
        ("[2001:db8::8888]", None),
        ("2001:db8::8888", None),
        ("${env:POD_IP}:4317", 4317),
        ("${env:ENDPOINT:-0.0.0.0:4317}", 4317),
        ("0.0.0.0:${env:PORT}", None),
        ("http://rabbit:15672/api", 15672),
        ("localhost", None),
        ("", None),
        (None, None),
        (4317, None),
    ],
)
def test_port_is_the_number_that_the_endpoint_ends_in(endpoint, port):
    assert port_of(endpoint) == port


def test_listen_address_is_second_to_endpoint_and_before_the_default():
    assert listening_port({"endpoint": "a:1", "listen_address": "a:2"}, 3) == 1
    assert listening_port({"listen_address": "a:2"}, 3) == 2
    assert listening_port({"endpoint": "${env:X}"}, 3) == 3


@pytest.mark.parametrize(
    ("endpoint", "full"),
    [
        ("", "0.0.0.0:4317"),
        (":9999", "0.0.0.0:9999"),
        ("9999", "0.0.0.0:9999"),
        ("localhost", "localhost:4317"),
        ("10.0.0.1", "10.0.0.1:4317"),
        ("[::1]", "[::1]:4317"),
        ("localhost:1", "localhost:1"),
        ("${env:ENDPOINT}", "${env:ENDPOINT}"),
        ("${ENDPOINT}", "${ENDPOINT}"),
        ("/run/otlp.sock", "/run/otlp.sock"),
        ("::1", "::1"),
    ],
)
def test_endpoint_keeps_its_host_and_gets_what_is_missing(endpoint, full):
    assert completed(endpoint, 4317) == full
