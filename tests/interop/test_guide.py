"""The guide's real-world example without its containers: both services with the SDKs' set-up that the guide prints.

The collector's configuration is the guide's; only addresses are other ones, and Tempo is a collector of ours that writes a file.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until
from e2e.images import apps, interpreters
from e2e.images.inputs import ROOT
from tests.interop import reading
from tests.interop.arrivals import Arrivals
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.instrumented import SECONDS, config
from tests.interop.program import clean

GUIDE = ROOT / "e2e" / "guide"
CONFIGURATION = ROOT / "e2e" / "configuration" / "collector.yaml"
PYTHON = "3.11"
HEALTHY, ERRORS, SLOW = 2_000, 100, 20
LAST = 10
"""Failed traces that are sent after all others."""
CONNECTIONS = 12
SERVER, CLIENT = 2, 3
INSTRUMENT = "from opentelemetry.instrumentation.auto_instrumentation import run; run()"
"""What the command opentelemetry-instrument runs."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the test looks at."""

    id: str
    parent: str
    kind: int
    service: str
    path: str


Traces = dict[str, list[Span]]


def guides(tempo: int, ports: list[int]) -> dict[str, Any]:
    """Return the guide's configuration with the addresses of this machine in the place of the guide's names and ports."""
    grpc, http_port, metrics, nobody = ports
    document: dict[str, Any] = yaml.safe_load(CONFIGURATION.read_text())
    protocols = document["receivers"]["otlp"]["protocols"]
    protocols["grpc"]["endpoint"], protocols["http"]["endpoint"] = f"127.0.0.1:{grpc}", f"127.0.0.1:{http_port}"
    document["receivers"]["prometheus"]["config"]["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{nobody}"]}]
    exporters = document["exporters"]
    exporters["otlp/tempo"]["endpoint"] = f"127.0.0.1:{tempo}"
    exporters["prometheus"]["endpoint"] = f"127.0.0.1:{metrics}"
    exporters["loki"]["endpoint"] = f"http://127.0.0.1:{nobody}/loki/api/v1/push"
    document["service"]["telemetry"] = SILENT
    return document


def node_api() -> list[str | Path]:
    folder = apps.node_tree("guide-node-api", GUIDE / "node-api" / "app.js", GUIDE / "node-api" / "tracing.js")
    return ["node", "--require", folder / "tracing.js", folder / "app.js"]


def python_orders(environment: Path) -> list[str | Path]:
    program = interpreters.find(PYTHON)
    if program is None:
        pytest.skip(f"this machine has no Python {PYTHON}")
    folder = apps.python_tree("guide-python-orders", GUIDE / "python-orders" / "app.py", PYTHON)
    python = interpreters.with_packages(program, folder / "lib", environment)
    return [python, "-c", INSTRUMENT, python, folder / "app.py"]


def service(group: ProcessGroup, name: str, command: list[str | Path], port: int, **settings: str) -> Component:
    """Start a service with the variables that compose.yaml gives it, and wait until it listens."""
    compose = yaml.safe_load((GUIDE.parents[1] / "compose.yaml").read_text())
    variables = dict(line.split("=", 1) for line in compose["services"][name]["environment"])
    variables |= {"PORT": str(port), **settings}
    kept = [f"{key}={value}" for key, value in clean(os.environ).items() if key in ("PATH", "HOME", "LANG")]
    component = group.start(name, ["env", "-i", *kept, *(f"{key}={value}" for key, value in variables.items()), *command])

    def listens() -> bool:
        # A request would be a trace, and no trace may begin before those of the test.
        socket.create_connection(("127.0.0.1", port)).close()
        return True

    wait_until(f"{name}: listening", listens, seconds=SECONDS, alive=component.check_alive)
    return component


def ask(port: int, orders: list[str]) -> None:
    """Place orders over several connections; each must be answered as its name says."""

    def place(some: list[str]) -> dict[str, int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        try:
            return {order: answer(connection, order) for order in some}
        finally:
            connection.close()

    def answer(connection: http.client.HTTPConnection, order: str) -> int:
        connection.request("GET", f"/checkout/{order}")
        given = connection.getresponse()
        given.read()
        return given.status

    answered: dict[str, int] = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for part in pool.map(place, (orders[number::CONNECTIONS] for number in range(CONNECTIONS))):
            answered |= part
    wrong = {order: status for order, status in answered.items() if status != (500 if order.startswith("error") else 200)}
    assert not wrong


def numbered(kind: str, numbers: Iterable[int]) -> list[str]:
    return [f"{kind}-{number}" for number in numbers]


def spans(requests: Iterable[Any]) -> Iterator[tuple[str, Span]]:
    """Yield trace id and span."""
    for request in requests:
        for group in request.resource_spans:
            resource = reading.read_all(group.resource.attributes)
            for scope in group.scope_spans:
                for span in scope.spans:
                    attributes = reading.read_all(span.attributes)
                    path = next((str(attributes[key][1]) for key in ("http.target", "url.path") if key in attributes), "")
                    name = str(resource["service.name"][1])
                    yield span.trace_id.hex(), Span(span.span_id.hex(), span.parent_span_id.hex(), span.kind, name, path)


def order_of(trace: list[Span]) -> str:
    """Return the order that a trace is about; "" where no server's span has arrived."""
    return next((span.path.rpartition("/")[2] for span in trace if span.kind == SERVER), "")


def whole(trace: list[Span]) -> bool:
    """Tell whether a trace has both servers' spans and the call between them, every parent, and nothing twice."""
    ids = {span.id for span in trace}
    parts = {(span.service, span.kind) for span in trace}
    wanted = {("node-api", SERVER), ("node-api", CLIENT), ("python-orders", SERVER)}
    roots = [span for span in trace if not span.parent]
    return len(ids) == len(trace) and len(roots) == 1 and wanted <= parts and all(s.parent in ids for s in trace if s.parent)


@pytest.fixture
def example(starter: Starter, tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[tuple[int, Arrivals]]:
    """Both services, the guide's collector and Tempo's stand-in; the port of the API gateway, and what came to Tempo."""
    if missing := [name for name in ("node", "npm") if shutil.which(name) is None]:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # The first run on a machine downloads packages: nobody should look at a silent terminal meanwhile.
    with capture.global_and_fixture_disabled():
        commands = node_api(), python_orders(tmp_path / "environment")
    arrivals = Arrivals(tmp_path)
    tempo, (tempo_port,) = starter.start("guide-tempo", ours(), 1, lambda ports: config(arrivals, ports[0]))
    collector, (grpc, *_) = starter.start("guide", ours(), 4, lambda ports: guides(tempo_port, ports))
    gateway, orders = free_ports(2)
    # Logs and metrics go their own way (e2e/configuration); a batch of spans need not wait five seconds for its test.
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{grpc}", "OTEL_BSP_SCHEDULE_DELAY": "500"}
    with ProcessGroup(tmp_path / "logs") as group:
        service(group, "python-orders", commands[1], orders, **settings)
        service(group, "node-api", commands[0], gateway, ORDERS_URL=f"http://127.0.0.1:{orders}", **settings)
        yield gateway, arrivals
    collector.end()
    tempo.end()


def test_all_failed_and_slow_traces_and_a_tenth_of_the_healthy_ones_arrive_whole(example: tuple[int, Arrivals]) -> None:
    port, arrivals = example
    # The guide's batch (10 s) comes before its tail sampling, which decides 10 s after a trace's first span: where a batch ends
    # within a trace, the rest may come after the decision. The first batch ends 10 s after the first span of all, so what must
    # arrive is sent first.
    slow, failed = numbered("slow", range(SLOW)), numbered("error", range(ERRORS))
    mixed = failed + numbered("healthy", range(ERRORS))
    Random(1).shuffle(mixed)
    last = set(numbered("error", range(ERRORS, ERRORS + LAST)))
    ask(port, slow)
    ask(port, mixed)
    ask(port, numbered("healthy", range(ERRORS, HEALTHY)))
    ask(port, sorted(last))

    traces: Traces = defaultdict(list)

    def settled() -> bool:
        """Whether all that must arrive has, and one of the last traces: what began before it has been decided on."""
        for trace, span in spans(arrivals.take("traces")):
            traces[trace].append(span)
        seen = set(map(order_of, traces.values()))
        return seen >= {*slow, *failed} and bool(seen & last)

    wait_until("slow and failed traces, and one of the last, at Tempo", settled, seconds=SECONDS)
    healthy = {order for trace in traces.values() if (order := order_of(trace)).startswith("healthy-")}
    assert 0.07 * HEALTHY <= len(healthy) <= 0.13 * HEALTHY
    assert [trace for trace in traces.values() if not whole(trace) and order_of(trace) not in last] == []
