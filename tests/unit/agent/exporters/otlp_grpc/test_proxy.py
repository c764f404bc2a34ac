import pytest

from otel_agent.exporters.otlp_grpc.proxy import proxy_variable

PROXY = {"HTTPS_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize("name", ["grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy"])
def test_a_proxy_of_the_environment_is_found(name: str) -> None:
    assert proxy_variable("gateway", {name: "http://proxy:3128"}) == name
    assert proxy_variable("gateway", {name: ""}) is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_the_machine_itself_is_reached_without(host: str) -> None:
    assert proxy_variable(host, PROXY) is None


@pytest.mark.parametrize(
    ("listed", "host", "direct"),
    [
        ("*", "gateway", True),
        ("example.com", "example.com", True),
        ("example.com", "a.Example.com", True),
        (".example.com", "a.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("example.com", "badexample.com", False),
        ("a, 10.0.0.0/8", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "gateway", False),
        ("", "gateway", False),
        (",", "gateway", False),
    ],
)
def test_no_proxy_lists_who_is_reached_without(listed: str, host: str, *, direct: bool) -> None:
    for name in ("no_grpc_proxy", "no_proxy", "NO_PROXY"):
        assert (proxy_variable(host, PROXY | {name: listed}) is None) is direct
