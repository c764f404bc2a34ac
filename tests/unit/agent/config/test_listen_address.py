import pytest
from pydantic import ValidationError

from otel_agent.config.blocks.grpc_server import GrpcServerConfig
from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.blocks.listen_address import TcpAddress, UnixAddress, parse_endpoint, parse_tcp_endpoint
from otel_agent.extensions.health_check.config import HealthCheckConfig
from otel_agent.extensions.pprof.config import PprofConfig
from otel_agent.extensions.zpages.config import ZPagesConfig


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("0.0.0.0:4317", TcpAddress("0.0.0.0", 4317)),
        (":4318", TcpAddress("", 4318)),
        ("[::1]:4317", TcpAddress("::1", 4317)),
        ("localhost:0", TcpAddress("localhost", 0)),
        ("unix:/tmp/a.sock", UnixAddress("/tmp/a.sock")),
        ("unix:///tmp/a.sock", UnixAddress("/tmp/a.sock")),
    ],
)
def test_endpoints_are_taken_apart(endpoint: str, address: object) -> None:
    assert parse_endpoint(endpoint) == address


def test_transport_unix_makes_any_endpoint_a_path() -> None:
    assert parse_endpoint("/run/otlp.sock", "unix") == UnixAddress("/run/otlp.sock")


@pytest.mark.parametrize(
    "endpoint", ["", "localhost", "::1:4317", "[::1:4317", "host:http", "host:65536", "host:", "host:-1", "unix:"]
)
def test_bad_endpoints_are_named(endpoint: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        parse_endpoint(endpoint)


def test_addresses_are_written_with_brackets_where_needed() -> None:
    assert str(TcpAddress("::1", 1)) == "[::1]:1"
    assert str(TcpAddress("a", 1)) == "a:1"


@pytest.mark.parametrize("server", [GrpcServerConfig, HttpServerConfig, HealthCheckConfig, PprofConfig, ZPagesConfig])
def test_an_address_at_which_nothing_can_listen_is_refused_with_the_configuration(server: type) -> None:
    assert server.model_validate({"endpoint": "127.0.0.1:0"}).endpoint == "127.0.0.1:0"
    with pytest.raises(ValidationError, match='endpoint ":99999": "99999" is not a port number'):
        server.model_validate({"endpoint": ":99999"})


@pytest.mark.parametrize("server", [GrpcServerConfig, HttpServerConfig])
def test_the_transport_says_what_an_endpoint_is(server: type) -> None:
    assert server.model_validate({"endpoint": "/run/otlp.sock", "transport": "unix"}).endpoint == "/run/otlp.sock"


@pytest.mark.parametrize("server", [HealthCheckConfig, PprofConfig, ZPagesConfig])
def test_a_server_without_unix_sockets_refuses_one(server: type) -> None:
    with pytest.raises(ValidationError, match="has no unix socket; set host:port"):
        server.model_validate({"endpoint": "unix:/run/pages.sock"})
    assert parse_tcp_endpoint("localhost:1777") == TcpAddress("localhost", 1777)
