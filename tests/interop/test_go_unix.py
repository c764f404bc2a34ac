"""The Go collector and ours speak gRPC over a unix socket in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
import pytest

from tests.interop import payload, source
from tests.interop.arrivals import SIGNALS, Signal
from tests.interop.collectors import Starter, ours
from tests.interop.conftest import Counting
from tests.interop.routes import Way, exporter, sending, taking
from tests.interop.variants import Certificates

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds the Go collector


@pytest.fixture(scope="module", params=["go-to-ours", "ours-to-go"])
def route(
    request: pytest.FixtureRequest, starter: Starter, go: Path, certificates: Certificates, counting: Counting
) -> Iterator[int]:
    """Port of a sender that reaches the receiver, which hands on to `counting`, by a socket only."""
    commands: list[list[str | Path]] = [[go], [*ours()]]
    sender, receiver = commands if request.param == "go-to-ours" else reversed(commands)
    # Not below pytest's folders: the path of a socket has at most about a hundred characters.
    with TemporaryDirectory(prefix="interop") as folder:
        socket = f"{folder}/otlp.sock"
        kind, onward = exporter(Way("grpc"), counting.port, certificates)
        config: dict[str, Any] = taking({"plain": (0, 0)}, certificates, {kind: onward})
        config["receivers"]["otlp/plain"]["protocols"] = {"grpc": {"endpoint": socket, "transport": "unix"}}
        taker, _ = starter.start(f"unix-receiver-{request.param}", receiver, 0, lambda numbers: config)
        _, settings = exporter(Way("grpc", "gzip"), 0, certificates, endpoint=f"unix://{socket}")
        giver, (port,) = starter.start(
            f"unix-sender-{request.param}", sender, 1, lambda numbers: sending({"unix": (numbers[0], (kind, settings))})
        )
        yield port
        giver.end()
        taker.end()


@pytest.mark.parametrize("signal", SIGNALS)
def test_what_goes_through_a_unix_socket_arrives_as_it_was(route: int, counting: Counting, signal: Signal) -> None:
    counting.arrivals.take_all()
    sent = payload.full(signal, "unix")
    assert source.send(route, signal, sent) is grpc.StatusCode.OK
    assert counting.arrivals.take(signal) == [sent]
