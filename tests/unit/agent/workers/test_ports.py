"""Sockets that the supervisor keeps for workers."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from otel_agent.config.blocks.listen_address import TcpAddress
from otel_agent.workers.ports import Ports
from otel_agent.workers.shared_ports import SharedPorts

ANY = TcpAddress("127.0.0.1", 0)


@asynccontextmanager
async def connected(ports: Ports, worker: int) -> AsyncIterator[SharedPorts]:
    """A worker's connection to the ports, as a process has it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    serving = asyncio.create_task(ports.serve(worker, ours, set()))
    try:
        yield SharedPorts(theirs)
    finally:
        theirs.close()
        await serving


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_workers_share_a_port(tmp_path: object) -> None:
    ports = Ports(2)
    async with connected(ports, 0) as first, connected(ports, 1) as second:
        one, other = await first.open(ANY, everywhere=False), await second.open(ANY, everywhere=False)
        assert one.port == other.port
        for listeners in (one, other):
            listeners.sockets[0].setblocking(False)
            listeners.sockets[0].listen()
        loop = asyncio.get_running_loop()
        accepted = [asyncio.create_task(loop.sock_accept(listeners.sockets[0])) for listeners in (one, other)]
        clients = []
        async with asyncio.timeout(20):
            while not all(task.done() for task in accepted):  # the kernel chooses by the client's port
                clients.append(connect(one.port))
                await asyncio.sleep(0)
        for opened in [*clients, *(task.result()[0] for task in accepted), one.sockets[0], other.sockets[0]]:
            opened.close()
    ports.close()


async def test_clients_that_come_before_the_last_worker_are_spread_too() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as first:
        one = await first.open(ANY, everywhere=True)
        clients = [connect(one.port) for _ in range(64)]
        async with connected(ports, 1) as second:
            other = await second.open(ANY, everywhere=True)
            for listeners in (one, other):
                listeners.sockets[0].settimeout(5)
                accepted, _ = listeners.sockets[0].accept()
                accepted.close()
                listeners.sockets[0].close()
        for client in clients:
            client.close()
    ports.close()


async def test_connections_wait_for_the_successor_of_a_worker_that_ended() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as before:
        listeners = await before.open(ANY, everywhere=False)
        port = listeners.port
        listeners.sockets[0].listen()
    listeners.sockets[0].close()  # as the end of a process does
    client = connect(port)
    async with connected(ports, 0) as after:
        again = await after.open(TcpAddress("127.0.0.1", 0), everywhere=False)
        assert again.port == port
        again.sockets[0].settimeout(5)
        accepted, _ = again.sockets[0].accept()
        for opened in (client, accepted, again.sockets[0]):
            opened.close()
    ports.close()


async def test_a_released_port_takes_no_connections() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as worker:
        listeners = await worker.open(ANY, everywhere=False)
        port = listeners.port
        listeners.sockets[0].listen()
        listeners.sockets[0].close()
        listeners.release()
        other = await worker.open(ANY, everywhere=False)  # answered in turn, so the release has been, too
        with pytest.raises(ConnectionRefusedError):
            connect(port)
        other.sockets[0].close()
    ports.close()


async def test_two_receivers_of_a_worker_cannot_have_one_port() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as worker:
        first = await worker.open(TcpAddress("127.0.0.1", free_port()), everywhere=False)
        first.sockets[0].listen()
        for spelling in ("127.0.0.1", "localhost"):
            with pytest.raises(OSError) as caught:  # noqa: PT011 (the number is checked)
                await worker.open(TcpAddress(spelling, first.port), everywhere=False)
            assert caught.value.errno == errno.EADDRINUSE
        first.sockets[0].close()
    ports.close()


async def test_two_receivers_that_let_the_system_choose_get_two_ports_which_workers_agree_on() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as first, connected(ports, 1) as second:
        one = [await first.open(ANY, everywhere=False), await first.open(ANY, everywhere=False)]
        other = [await second.open(ANY, everywhere=False), await second.open(ANY, everywhere=False)]
        assert one[0].port != one[1].port
        assert [listeners.port for listeners in one] == [listeners.port for listeners in other]
        for listeners in one + other:
            listeners.sockets[0].close()
    ports.close()


async def test_a_port_of_another_program_is_refused_although_it_would_share() -> None:
    foreign = socket.socket()
    foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    foreign.bind(("127.0.0.1", 0))
    foreign.listen()
    ports = Ports(2)
    async with connected(ports, 0) as worker:
        with pytest.raises(OSError) as caught:  # noqa: PT011 (the number is checked)
            await worker.open(TcpAddress("127.0.0.1", foreign.getsockname()[1]), everywhere=False)
    foreign.close()
    assert caught.value.errno == errno.EADDRINUSE


async def test_nothing_is_opened_once_the_collector_stops() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as worker:
        ports.close()
        with pytest.raises(OSError, match="stopping"):
            await worker.open(ANY, everywhere=False)


async def test_workers_can_go_over_to_more_addresses_of_a_port_one_after_the_other() -> None:
    ports = Ports(2)
    async with connected(ports, 0) as first, connected(ports, 1) as second:
        number = free_port()
        one = await first.open(TcpAddress("127.0.0.1", number), everywhere=True)
        other = await second.open(TcpAddress("127.0.0.1", number), everywhere=True)
        other.sockets[0].close()
        other.release()
        wider = await second.open(TcpAddress("0.0.0.0", number), everywhere=True)  # the first worker still runs what ran before
        assert wider.port == number
        for opened in (one.sockets[0], wider.sockets[0]):
            opened.close()
    ports.close()
