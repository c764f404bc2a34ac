"""The relay hands everything on, and knows how much a sender wrote and with what it began."""

from __future__ import annotations

import socket
import threading

from tests.interop.relay import Relay


def echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while piece := connection.recv(1024):
            connection.sendall(piece.upper())


def test_bytes_go_both_ways_and_are_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=echo, args=(listener,))
        thread.start()
        with Relay(listener.getsockname()[1]) as relay, socket.create_connection(("127.0.0.1", relay.port)) as sender:
            sender.sendall(b"hello")
            assert sender.recv(1024) == b"HELLO"
            sender.sendall(b"again")
            assert sender.recv(1024) == b"AGAIN"
            assert relay.sent == 10
            assert relay.beginnings == [b"hello"]
        thread.join()


def test_connections_go_to_each_target_in_turn_and_are_hung_up_where_one_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        absent = gone.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as listener, Relay(listener.getsockname()[1], absent) as relay:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", relay.port)) as first:
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"x")
                    assert first.recv(1) == b"x"
            with socket.create_connection(("127.0.0.1", relay.port)) as second:
                assert second.recv(1) == b""


def test_a_closed_relay_hangs_up_until_it_is_opened_and_again_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=echo, args=(listener,))
        thread.start()
        with Relay(listener.getsockname()[1], closed=True) as relay:
            with socket.create_connection(("127.0.0.1", relay.port)) as early:
                assert early.recv(1) == b""
            with socket.socket() as sender:
                with relay.opened():
                    sender.connect(("127.0.0.1", relay.port))
                    sender.sendall(b"hello")
                    assert sender.recv(1024) == b"HELLO"
                assert sender.recv(1) == b""
            with socket.create_connection(("127.0.0.1", relay.port)) as late:
                assert late.recv(1) == b""
        thread.join()


def test_a_sender_whose_receiver_is_absent_is_hung_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        absent: int = listener.getsockname()[1]
    with Relay(absent) as relay, socket.create_connection(("127.0.0.1", relay.port)) as sender:
        assert sender.recv(1) == b""
    assert relay.sent == 0
