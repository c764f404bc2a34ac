import asyncio
import socket

import pytest

from otel_agent.transport.listen import listening_sockets, unix_socket

HERE, NOT_HERE = "127.0.0.1", "192.0.2.1"


@pytest.fixture
def resolve_to(monkeypatch):
    """Let every host name stand for the given addresses."""

    def set_addresses(*addresses: str) -> None:
        async def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    return set_addresses


def close(sockets: list[socket.socket]) -> None:
    for opened in sockets:
        opened.close()


async def test_addresses_that_the_machine_lacks_are_left_out(resolve_to) -> None:
    resolve_to(NOT_HERE, HERE)
    sockets = await listening_sockets("localhost", 0)
    assert [opened.getsockname()[0] for opened in sockets] == [HERE]
    close(sockets)


async def test_a_host_without_any_address_here_is_refused(resolve_to) -> None:
    resolve_to(NOT_HERE)
    with pytest.raises(OSError, match="annot assign requested address"):
        await listening_sockets("elsewhere", 0)


async def test_all_addresses_share_the_port_that_the_system_chose(resolve_to) -> None:
    resolve_to(HERE, "127.0.0.2")
    sockets = await listening_sockets("localhost", 0)
    assert len({opened.getsockname()[1] for opened in sockets}) == 1
    assert [opened.getsockname()[0] for opened in sockets] == [HERE, "127.0.0.2"]
    close(sockets)


async def test_a_taken_port_is_refused_even_when_another_address_is_free(resolve_to) -> None:
    with socket.create_server((HERE, 0)) as taken:
        resolve_to("127.0.0.2", HERE)
        with pytest.raises(OSError, match="in use"):
            await listening_sockets("localhost", taken.getsockname()[1])


async def test_processes_that_ask_for_it_share_a_port(resolve_to) -> None:
    resolve_to(HERE)
    first = await listening_sockets("localhost", 0, reuse_port=True)
    port = first[0].getsockname()[1]
    second = await listening_sockets("localhost", port, reuse_port=True)
    for opened in (*first, *second):
        opened.listen()
    with pytest.raises(OSError, match="in use"):
        await listening_sockets("localhost", port)
    close([*first, *second])


def test_a_socket_that_was_left_at_a_path_is_replaced_and_a_file_is_not(tmp_path) -> None:
    path = tmp_path / "otlp.sock"
    unix_socket(str(path)).close()
    unix_socket(str(path)).close()
    path.unlink()
    path.write_text("mine")
    with pytest.raises(OSError, match="in use"):
        unix_socket(str(path))
    assert path.read_text() == "mine"
