import socket

import pytest

from otel_agent.transport.addresses import TcpAddress, UnixAddress, parse_endpoint, why_not_listening
from otel_agent.transport.peers import address_of_peer


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


def test_the_reason_for_not_listening_is_the_systems() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert why_not_listening(TcpAddress("127.0.0.1", taken.getsockname()[1])) == "Address already in use"
    assert why_not_listening(TcpAddress("127.0.0.1", 0)) == ""


@pytest.mark.parametrize(
    ("peer", "address"),
    [("ipv4:10.1.2.3:80", "10.1.2.3"), ("ipv6:%5B::1%5D:80", "::1"), ("ipv6:[fe80::1]:80", "fe80::1"), ("unix:/x", "unix:/x")],
)
def test_peer_names_become_addresses(peer: str, address: str) -> None:
    assert address_of_peer(peer) == address
