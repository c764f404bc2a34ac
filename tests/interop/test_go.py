"""The Go collector sends to ours, and ours to it: every field of every signal arrives as it was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.interop import payload, source
from tests.interop.arrivals import SIGNALS, Arrivals, Signal
from tests.interop.collectors import FRONT_ENDS, FrontEnd, Starter, ours
from tests.interop.conftest import Counting
from tests.interop.relay import HTTP2, TLS_HANDSHAKE, Relay
from tests.interop.routes import RECEIVER_PORTS, ReceiverPorts, Way, exporter, receiver_ports, sending, taking
from tests.interop.variants import SECURITIES, Certificates

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds the Go collector
SMALL = 20_000
"""Bytes of a compressed request, TLS included; one attribute of it alone has 50,000 characters."""
SECURED = [
    Way(protocol, compression, security)
    for protocol in ("grpc", "http/protobuf")
    for compression in ("none", "gzip")
    for security in SECURITIES
]
JSON = [Way("http/json", "none"), Way("http/json", "gzip", "tls")]
GRPC_PACKED = [Way("grpc", compression) for compression in ("zstd", "snappy")]
HTTP_PACKED = [
    Way("http/protobuf", compression) for compression in ("zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "lz4")
]
WAYS = {way.name: way for way in [*SECURED, *JSON, *GRPC_PACKED, *HTTP_PACKED]}


@dataclass(frozen=True, slots=True)
class Chain:
    """Source → sender → receiver → files: the sender's ports and the relays behind it by way, and what arrived."""

    front_end: FrontEnd
    ports: dict[str, int]
    relays: dict[str, Relay]
    arrivals: Arrivals

    def check(self, way: Way, signal: Signal) -> None:
        """Send everything by one way; it arrives as it was, compressed and encrypted as the way says."""
        relay = self.relays[way.name]
        before = relay.sent
        self.arrivals.take_all()
        sent = payload.full(signal, way.name)
        assert source.send(self.ports[way.name], signal, sent) is grpc.StatusCode.OK
        assert self.arrivals.take_all() == {name: [sent] if name == signal else [] for name in SIGNALS}
        for beginning in relay.beginnings:
            plain = HTTP2 if way.protocol == "grpc" else b"POST /v1/"
            assert beginning.startswith(plain if way.security == "plain" else TLS_HANDSHAKE)
        size = relay.sent - before
        assert size > payload.PADDING if way.compression == "none" else size < SMALL


@contextmanager
def relays(targets: ReceiverPorts) -> Iterator[dict[str, Relay]]:
    with ExitStack() as opened:
        yield {name: opened.enter_context(Relay(targets[way.security][way.protocol != "grpc"])) for name, way in WAYS.items()}


def routes(numbers: Sequence[int], between: Mapping[str, Relay], certificates: Certificates) -> dict[str, object]:
    ports = dict(zip(WAYS, numbers, strict=True))
    return sending({name: (ports[name], exporter(way, between[name].port, certificates)) for name, way in WAYS.items()})


@pytest.fixture(scope="module", params=FRONT_ENDS)
def go_sends(
    request: pytest.FixtureRequest,
    starter: Starter,
    go: Path,
    certificates: Certificates,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Chain]:
    """Go with a route for each way, to our collector, which writes files."""
    front_end: FrontEnd = request.param
    arrivals = Arrivals(tmp_path_factory.mktemp(f"from-go-{front_end}"))
    receiver, targets = starter.start(
        f"ours-{front_end}",
        ours(front_end),
        RECEIVER_PORTS,
        lambda numbers: taking(receiver_ports(numbers), certificates, arrivals.exporters()),
    )
    with relays(receiver_ports(targets)) as between:
        sender, ports = starter.start(
            f"go-to-{front_end}", [go], len(WAYS), lambda numbers: routes(numbers, between, certificates)
        )
        yield Chain(front_end, dict(zip(WAYS, ports, strict=True)), between, arrivals)
        sender.end()
        receiver.end()


@pytest.fixture(scope="module")
def ours_sends(starter: Starter, go: Path, certificates: Certificates, counting: Counting) -> Iterator[Chain]:
    """Ours with a route for each way, to Go, which hands on to a collector of ours that writes files."""
    kind, settings = exporter(Way("grpc"), counting.port, certificates)
    receiver, targets = starter.start(
        "go-from-ours",
        [go],
        RECEIVER_PORTS,
        lambda numbers: taking(receiver_ports(numbers), certificates, {kind: settings}),
    )
    with relays(receiver_ports(targets)) as between:
        sender, ports = starter.start("ours-to-go", ours(), len(WAYS), lambda numbers: routes(numbers, between, certificates))
        yield Chain("native", dict(zip(WAYS, ports, strict=True)), between, counting.arrivals)
        sender.end()
        receiver.end()


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("way", WAYS)
def test_what_the_go_collector_sends_arrives_as_it_was(go_sends: Chain, way: str, signal: Signal) -> None:
    if go_sends.front_end == "portable" and WAYS[way] in GRPC_PACKED:
        # Not in grpcio, as the receiver's README says.
        assert source.send(go_sends.ports[way], signal, payload.full(signal, way)) is grpc.StatusCode.INTERNAL
    else:
        go_sends.check(WAYS[way], signal)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("way", WAYS)
def test_what_the_go_collector_takes_from_ours_is_as_it_was(ours_sends: Chain, way: str, signal: Signal) -> None:
    ours_sends.check(WAYS[way], signal)


@pytest.mark.parametrize("way", ["grpc-gzip-plain", "http-protobuf-gzip-plain", "http-json-none-plain"])
def test_the_go_collector_sends_requests_of_many_megabytes(go_sends: Chain, way: str) -> None:
    check_large(go_sends, way)


@pytest.mark.parametrize("way", ["grpc-gzip-plain", "http-protobuf-gzip-plain", "http-json-none-plain"])
def test_the_go_collector_takes_requests_of_many_megabytes(ours_sends: Chain, way: str) -> None:
    check_large(ours_sends, way)


def check_large(chain: Chain, way: str) -> None:
    sent = payload.large(60_000)
    assert sent.ByteSize() > 4 * 1024 * 1024
    chain.arrivals.take_all()
    assert source.send(chain.ports[way], "logs", sent) is grpc.StatusCode.OK
    assert chain.arrivals.take("logs") == [sent]
