"""The stock SDKs of Python, Node.js and Java send to our collector: what arrives is what their programs made."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.interop import story
from tests.interop.arrivals import Arrivals
from tests.interop.collectors import FRONT_ENDS, FrontEnd, Starter, ours
from tests.interop.program import Program
from tests.interop.relay import HTTP2, TLS_HANDSHAKE, Relay
from tests.interop.routes import RECEIVER_PORTS, ReceiverPorts, receiver_ports, taking
from tests.interop.senders import PAIRS, SENDERS, Telling
from tests.interop.variants import SECURITIES, Certificates, Protocol, Security

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine downloads packages
SMALL = 40_000
"""Bytes of all requests of a compressed story, TLS included; one attribute of it alone has 50,000 characters."""


@dataclass(frozen=True, slots=True)
class Receiving:
    """One of our collectors, and what it wrote."""

    front_end: FrontEnd
    ports: ReceiverPorts
    arrivals: Arrivals


@pytest.fixture(scope="session", params=FRONT_ENDS)
def receiving(
    request: pytest.FixtureRequest, starter: Starter, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Receiving:
    """Our collector with an OTLP receiver for each security, all written to files."""
    front_end: FrontEnd = request.param
    if front_end == "native" and importlib.util.find_spec("otel_agent._native") is None:
        pytest.skip("the native extension is not built")
    arrivals = Arrivals(tmp_path_factory.mktemp(f"arrivals-{front_end}"))
    _, numbers = starter.start(
        f"sdks-{front_end}",
        ours(front_end),
        RECEIVER_PORTS,
        lambda numbers: taking(receiver_ports(numbers), certificates, arrivals.exporters()),
    )
    return Receiving(front_end, receiver_ports(numbers), arrivals)


def check_wire(relay: Relay, protocol: Protocol, security: Security, compression: str) -> None:
    """Assert that the sender did on the wire what it was told to."""
    assert relay.beginnings
    for beginning in relay.beginnings:
        if security != "plain":
            assert beginning.startswith(TLS_HANDSHAKE)
        else:
            assert beginning.startswith(HTTP2 if protocol == "grpc" else b"POST /v1/")
    assert relay.sent < SMALL if compression == "gzip" else relay.sent > story.PADDING


def check_arrival(program: Program, receiving: Receiving, certificates: Certificates, telling: Telling, port: int) -> None:
    """Have the story told to a port; it arrives whole, the SDK has no complaints, and the wire saw what was asked for."""
    receiving.arrivals.take_all()
    program.complaints()
    case = "-".join([telling.name, telling.protocol.replace("/", "-"), telling.compression, telling.security])
    with Relay(port) as relay:
        ids = program.tell(telling.environment(relay.port, certificates) | story.settings(case))
    story.check(receiving.arrivals.take_all(), SENDERS[telling.name].language, case, ids)
    assert [line for line in program.complaints().splitlines() if line != SENDERS[telling.name].remark] == []
    check_wire(relay, telling.protocol, telling.security, telling.compression)


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize(("name", "protocol"), PAIRS)
def test_what_a_stock_sdk_sends_arrives_whole(
    programs: Callable[[str], Program],
    receiving: Receiving,
    certificates: Certificates,
    name: str,
    protocol: Protocol,
    compression: str,
    security: Security,
) -> None:
    telling = Telling(name, protocol, compression, security)
    port = receiving.ports[security][protocol != "grpc"]
    check_arrival(programs(name), receiving, certificates, telling, port)


@pytest.mark.parametrize("receiving", ["native"], indirect=True)
@pytest.mark.parametrize("security", ["plain", "tls"])
@pytest.mark.parametrize(("name", "protocol"), PAIRS)
def test_a_stock_sdk_may_take_the_other_protocols_port(
    programs: Callable[[str], Program],
    receiving: Receiving,
    certificates: Certificates,
    name: str,
    protocol: Protocol,
    security: Security,
) -> None:
    telling = Telling(name, protocol, "gzip", security)
    port = receiving.ports[security][protocol == "grpc"]
    check_arrival(programs(name), receiving, certificates, telling, port)
