"""A stock SDK that our collector asks to come back later does so, and what it made arrives whole and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from e2e.cluster.processes import Component
from e2e.cluster.waiting import wait_until
from tests.interop import story
from tests.interop.collectors import Starter, ours
from tests.interop.conftest import Counting
from tests.interop.program import Program
from tests.interop.relay import Relay
from tests.interop.routes import RECEIVER_PORTS, ReceiverPorts, Way, exporter, receiver_ports, taking
from tests.interop.senders import PAIRS, SENDERS, Telling
from tests.interop.variants import Certificates, Protocol

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine downloads packages
SECONDS = 60.0
NEVER_RETRIES = {("node", "grpc")}
"""The gRPC exporters of the Node.js SDK send once, whatever the answer."""
REFUSED = "Exporting failed. Rejecting data."


@dataclass(frozen=True, slots=True)
class Blocked:
    """Our collector, which hands on through a closed relay, and passes the refusal back."""

    component: Component
    ports: ReceiverPorts
    gate: Relay

    def refusals(self) -> int:
        return self.component.log.read_text().count(REFUSED)


@pytest.fixture(scope="module")
def gate(counting: Counting) -> Iterator[Relay]:
    with Relay(counting.port, closed=True) as relay:
        yield relay


@pytest.fixture(scope="module")
def blocked(starter: Starter, gate: Relay, certificates: Certificates) -> Iterator[Blocked]:
    kind, settings = exporter(Way("grpc"), gate.port, certificates)

    def config(numbers: list[int]) -> dict[str, object]:
        made = taking(receiver_ports(numbers), certificates, {kind: settings})
        # Every refusal in the log, of which this test waits for the first.
        made["service"]["telemetry"]["logs"] = {"sampling": {"enabled": False}}
        return made

    component, numbers = starter.start("blocked", ours(), RECEIVER_PORTS, config)
    yield Blocked(component, receiver_ports(numbers), gate)
    component.end()


@pytest.mark.parametrize(("name", "protocol"), [pair for pair in PAIRS if pair not in NEVER_RETRIES])
def test_what_a_stock_sdk_was_told_to_send_later_arrives_whole(
    programs: Callable[[str], Program],
    blocked: Blocked,
    counting: Counting,
    certificates: Certificates,
    name: str,
    protocol: Protocol,
) -> None:
    program = programs(name)
    counting.arrivals.take_all()
    before = blocked.refusals()
    port = blocked.ports["plain"][protocol != "grpc"]
    program.begin(Telling(name, protocol).environment(port, certificates) | story.settings(name))
    wait_until("a refusal", lambda: blocked.refusals() > before, seconds=SECONDS)
    with blocked.gate.opened():
        ids = program.finish()
    story.check(counting.arrivals.take_all(), SENDERS[name].language, name, ids)
