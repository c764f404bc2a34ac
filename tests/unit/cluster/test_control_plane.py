from __future__ import annotations

from pathlib import Path

import pytest

from e2e.cluster.certificates import KeyPair
from e2e.cluster.control_plane import ControlPlane, apiserver_arguments, controller_manager_arguments, etcd_arguments


@pytest.fixture
def plane() -> ControlPlane:
    def pair(name: str) -> KeyPair:
        return KeyPair(Path(f"/pki/{name}.crt"), Path(f"/pki/{name}.key"))

    return ControlPlane(
        data=Path("/data"),
        address="127.0.0.1",
        port=6443,
        etcd_port=2379,
        etcd_peer_port=2380,
        authority=pair("ca"),
        server=pair("server"),
        admin=pair("admin"),
        signing=pair("sa"),
    )


def test_etcd_and_the_api_server_agree_on_an_address(plane: ControlPlane) -> None:
    assert "--listen-client-urls=http://127.0.0.1:2379" in etcd_arguments(plane)
    assert "--etcd-servers=http://127.0.0.1:2379" in apiserver_arguments(plane, node=False)


def test_without_a_node_the_api_server_stays_on_loopback_and_publishes_no_endpoint(plane: ControlPlane) -> None:
    flags = apiserver_arguments(plane, node=False)
    assert "--bind-address=127.0.0.1" in flags
    assert "--endpoint-reconciler-type=none" in flags


def test_with_a_node_the_api_server_is_reachable_and_can_reach_the_kubelet(plane: ControlPlane) -> None:
    flags = apiserver_arguments(plane, node=True)
    assert "--bind-address=0.0.0.0" in flags
    assert "--kubelet-client-certificate=/pki/admin.crt" in flags


def test_extra_flags_come_last_so_that_they_win(plane: ControlPlane) -> None:
    assert apiserver_arguments(plane, node=False, extra=["--v=4"])[-1] == "--v=4"


def test_tokens_are_signed_with_the_key_the_api_server_verifies(plane: ControlPlane) -> None:
    assert "--service-account-private-key-file=/pki/sa.key" in controller_manager_arguments(plane, Path("/kc"))
    assert "--service-account-key-file=/pki/sa.crt" in apiserver_arguments(plane, node=False)
