from __future__ import annotations

import socket

import pytest

from e2e.cluster import ports as picking
from e2e.cluster.ports import HIGHEST, LOWEST, free_ports


def test_ports_are_different_free_and_below_the_ephemeral_range() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        assert LOWEST <= port <= HIGHEST
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_a_taken_port_is_not_given_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert taken.getsockname()[1] not in free_ports(20)


def test_no_port_is_given_out_twice_however_few_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picking, "HIGHEST", LOWEST + 40)
    for _ in range(20):
        found = free_ports(25)
        assert len(set(found)) == 25
