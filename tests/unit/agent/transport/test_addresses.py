import socket

import pytest

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.transport.addresses import why_not_listening
from otel_agent.transport.peers import address_of_peer


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
