"""What the Go collector and ours make of each other's refusals: retryable ones are tried again, permanent ones are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from e2e.cluster.waiting import wait_until
from tests.interop import payload, source
from tests.interop.arrivals import SIGNALS
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.conftest import Counting
from tests.interop.relay import Relay
from tests.interop.routes import NO_RETRY, QUICK_RETRY, Way, exporter, sending
from tests.interop.variants import Certificates, Protocol, url

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds the Go collector
PROTOCOLS: tuple[Protocol, ...] = ("grpc", "http/protobuf")
SECONDS = 60.0
MIB = 1024 * 1024
RECEIVERS = ("any", "traces-only", "small", "out-of-memory", "blocked", "mtls")
NEVER: dict[str, object] = {"initial_interval": "1h", "max_interval": "1h", "max_elapsed_time": "0s"}
"""Retries with which a source that hears before its deadline hears of a request that was given up."""
RETRIES = {"blocked": QUICK_RETRY, "out-of-memory": NO_RETRY, "mtls": NO_RETRY}
DIRECTIONS = ("go-to-native", "go-to-portable", "ours-to-go")


@dataclass(frozen=True, slots=True)
class Pair:
    """A sender and a receiver of which one is Go's and the other ours.

    Ports of the sender's routes by name, `<receiver>-<protocol>`; the relays behind them; the closed relay through which the
    receiver `blocked` hands on.
    """

    routes: dict[str, int]
    relays: dict[str, Relay]
    gate: Relay


def refusing(ports: dict[str, tuple[int, int]], end: int, certificates: Certificates) -> dict[str, object]:
    """Return a collector with the receivers of RECEIVERS, which take, or refuse, in different ways."""
    receivers: dict[str, Any] = {}
    pipelines: dict[str, object] = {}
    for name, (grpc_port, http_port) in ports.items():
        blocks: dict[str, Any] = {"grpc": {"endpoint": f"127.0.0.1:{grpc_port}"}, "http": {"endpoint": f"127.0.0.1:{http_port}"}}
        if name == "small":
            blocks["grpc"]["max_recv_msg_size_mib"] = 1
            blocks["http"]["max_request_body_size"] = MIB
        if name == "mtls":
            blocks = {protocol: block | certificates.of_server("mtls") for protocol, block in blocks.items()}
        receivers[f"otlp/{name}"] = {"protocols": blocks}
        for signal in ("traces",) if name == "traces-only" else SIGNALS:
            pipelines[f"{signal}/{name}"] = {
                "receivers": [f"otlp/{name}"],
                "processors": ["memory_limiter"] if name == "out-of-memory" else [],
                "exporters": ["otlp_grpc" if name == "blocked" else "nop"],
            }
    return {
        "receivers": receivers,
        "processors": {"memory_limiter": {"check_interval": "50ms", "limit_mib": 1}},
        "exporters": {"nop": {}, "otlp_grpc": exporter(Way("grpc"), end, certificates)[1]},
        "service": {"telemetry": SILENT, "pipelines": pipelines},
    }


@pytest.fixture(scope="module", params=DIRECTIONS)
def pair(
    request: pytest.FixtureRequest, starter: Starter, go: Path, certificates: Certificates, counting: Counting
) -> Iterator[Pair]:
    commands: dict[str, tuple[Sequence[str | Path], Sequence[str | Path]]] = {
        "go-to-native": ([go], ours("native")),
        "go-to-portable": ([go], ours("portable")),
        "ours-to-go": (ours(), [go]),
    }
    sender, receiver = commands[request.param]
    with ExitStack() as stack:
        gate = stack.enter_context(Relay(counting.port, closed=True))
        refuser, numbers = starter.start(
            f"receiver-{request.param}",
            receiver,
            2 * len(RECEIVERS),
            lambda numbers: refusing(pairs(numbers), gate.port, certificates),
        )
        stack.callback(refuser.end)
        ports = pairs(numbers)
        exporters: dict[str, tuple[str, dict[str, object]]] = {}
        relays: dict[str, Relay] = {}

        def add(name: str, way: Way, target: int, retries: dict[str, object], path: str = "") -> None:
            relays[name] = stack.enter_context(Relay(target))
            more: dict[str, object] = {"retry_on_failure": retries}
            if path:
                more["logs_endpoint"] = f"{url('plain', relays[name].port)}{path}"
            exporters[name] = exporter(way, relays[name].port, certificates, **more)

        for protocol in PROTOCOLS:
            for name, both in ports.items():
                # As a client without a certificate of its own.
                way = Way(protocol, "none" if name == "blocked" else "gzip", "tls" if name == "mtls" else "plain")
                add(f"{name}-{protocol}", way, both[protocol != "grpc"], RETRIES.get(name, NEVER))
            add(f"tls-{protocol}", Way(protocol, "none", "tls"), ports["any"][protocol != "grpc"], NO_RETRY)
        add("elsewhere", Way("http/protobuf"), ports["any"][1], NEVER, "/elsewhere")
        router, opened = starter.start(
            f"sender-{request.param}",
            sender,
            len(exporters),
            lambda numbers: sending({name: (port, exporters[name]) for name, port in zip(exporters, numbers, strict=True)}),
        )
        stack.callback(router.end)
        yield Pair(dict(zip(exporters, opened, strict=True)), relays, gate)


def pairs(numbers: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Return gRPC's and HTTP's port by the receiver's name."""
    return {name: (numbers[2 * index], numbers[2 * index + 1]) for index, name in enumerate(RECEIVERS)}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_cannot_be_taken_now_is_sent_again_until_it_is(pair: Pair, counting: Counting, protocol: Protocol) -> None:
    sent = payload.full("logs", "late")
    counting.arrivals.take_all()
    relay = pair.relays[f"blocked-{protocol}"]
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(source.send, pair.routes[f"blocked-{protocol}"], "logs", sent)
        # More than one attempt is as long as: the first has been refused.
        wait_until("a second attempt", lambda: relay.sent > 2 * payload.PADDING, seconds=SECONDS)
        assert not answer.done()
        with pair.gate.opened():
            assert answer.result() is grpc.StatusCode.OK
    assert counting.arrivals.take("logs") == [sent]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_refusal_for_want_of_memory_is_retryable(pair: Pair, protocol: Protocol) -> None:
    port = pair.routes[f"out-of-memory-{protocol}"]
    # Neither has measured its memory before its first interval is over.
    wait_until("a refusal", lambda: source.send(port, "logs", payload.large(1)) is not grpc.StatusCode.OK, seconds=SECONDS)
    assert source.send(port, "logs", payload.large(1)) in source.RETRYABLE


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_peer_that_speaks_no_tls_is_tried_again(pair: Pair, protocol: Protocol) -> None:
    assert source.send(pair.routes[f"tls-{protocol}"], "logs", payload.large(1)) in source.RETRYABLE


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_sender_without_a_client_certificate_is_not_let_in(pair: Pair, protocol: Protocol) -> None:
    assert source.send(pair.routes[f"mtls-{protocol}"], "logs", payload.large(1)) in source.RETRYABLE


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_signal_without_a_pipeline_is_given_up_at_once(pair: Pair, protocol: Protocol) -> None:
    check_given_up(pair, f"traces-only-{protocol}", 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_request_over_the_receivers_limit_is_given_up_at_once(pair: Pair, protocol: Protocol) -> None:
    check_given_up(pair, f"small-{protocol}", 20_000)


def test_a_path_that_the_receiver_does_not_have_is_given_up_at_once(pair: Pair) -> None:
    check_given_up(pair, "elsewhere", 1)


def check_given_up(pair: Pair, route: str, items: int) -> None:
    """The receiver was asked, and the source hears, without a wait for another attempt, that it need not try again."""
    assert source.send(pair.routes[route], "logs", payload.large(items)) not in {grpc.StatusCode.OK, *source.RETRYABLE}
    assert pair.relays[route].sent > 0
