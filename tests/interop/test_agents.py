"""The agents of our auto-instrumentation images in untouched applications, over the port and protocols of the guide's manifests.

Four services in a row: Flask (Python), Express (Node.js), the JDK's HTTP server (Java), FastAPI (the oldest Python there is).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from e2e.cluster.waiting import wait_until
from e2e.images import agents, apps, interpreters
from tests.interop import reading
from tests.interop.arrivals import SIGNALS, Arrivals, Signal
from tests.interop.collectors import Starter, ours
from tests.interop.injected import Deployed, environment, start
from tests.interop.instrumented import (
    PATHS,
    SECONDS,
    SOON,
    TRACE,
    TRACEPARENT,
    Received,
    config,
    get,
    python_service,
    wait_ready,
)

BAGGAGE = "tenant=blue"
SERVER = 2


@dataclass(frozen=True, slots=True)
class Shop:
    """Running services and what one call through all of them answered."""

    services: dict[str, Deployed]
    answer: dict[str, Any]
    received: Received

    def wait_for(self, what: str, found: Callable[[], Iterable[Any]]) -> list[Any]:
        """Return what is found, as soon as it is."""
        seen: list[Any] = []

        def probe() -> list[Any]:
            seen[:] = list(found())
            return seen

        wait_until(what, probe, seconds=SECONDS)
        return seen


def oldest_python() -> str:
    return next(version for version in agents.PYTHONS if interpreters.find(version))


@pytest.fixture(scope="session")
def shop(
    starter: Starter, volumes: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Shop]:
    """All four services, after one call through them."""
    arrivals = Arrivals(tmp_path_factory.mktemp("shop"))
    _, (port,) = starter.start("shop", ours(), 1, lambda numbers: config(arrivals, numbers[0]))
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        row = [
            python_service("storefront", "3.11", tmp_path_factory.mktemp("storefront")),
            Deployed("catalog", "nodejs", ["node", apps.node_app("catalog") / "catalog.js"]),
            Deployed("stock", "java", ["java", "-XX:TieredStopAtLevel=1", "-cp", apps.java_app("stock"), "Stock"]),
            python_service("reviews", oldest_python(), tmp_path_factory.mktemp("reviews")),
        ]
    ports = free_ports(len(row))
    with ProcessGroup(tmp_path_factory.mktemp("services")) as group:
        for place, app in enumerate(row):
            variables = environment(app, volumes[app.language], f"http://127.0.0.1:{port}", SOON)
            variables["PORT"] = str(ports[place])
            if place + 1 < len(row):
                variables["NEXT"] = f"http://127.0.0.1:{ports[place + 1]}{PATHS[row[place + 1].name]}"
            start(group, app, variables)
        for place, app in enumerate(row):
            wait_ready(group.components[app.name], ports[place])
        answer = json.loads(get(ports[0], PATHS["storefront"], {"traceparent": TRACEPARENT, "baggage": BAGGAGE}))
        yield Shop({app.name: app for app in row}, answer, Received(arrivals))


services = pytest.mark.parametrize("service", PATHS)


def answers(answer: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Each service's part of the answer, first to last."""
    while answer is not None:
        yield answer
        answer = answer["next"]


def test_one_trace_runs_through_all_services_by_w3c_headers(shop: Shop) -> None:
    seen = {part["service"]: part["headers"]["traceparent"] for part in answers(shop.answer)}
    assert list(seen) == list(PATHS)
    assert {header.split("-")[1] for header in seen.values()} == {TRACE}
    parents = {service: header.split("-")[2] for service, header in seen.items()}
    for service, parent in parents.items():
        (span,) = shop.wait_for(f"{service}: its server span", partial(server_spans, shop, service))
        assert span.parent_span_id.hex() == parent, "the span's parent is the one that the request's header named"


def server_spans(shop: Shop, service: str) -> Iterator[Any]:
    """The server spans of the one call's trace."""
    return (span for _, span in shop.received.of("traces", service) if span.trace_id.hex() == TRACE and span.kind == SERVER)


@services
def test_the_server_span_says_method_route_and_status(shop: Shop, service: str) -> None:
    (span,) = shop.wait_for(f"{service}: its server span", lambda: server_spans(shop, service))
    attributes = {key: value for key, (_, value) in reading.read_all(span.attributes).items()}
    method = attributes.get("http.request.method", attributes.get("http.method"))
    status = attributes.get("http.response.status_code", attributes.get("http.status_code"))
    assert (method, status) == ("GET", 200)
    assert PATHS[service] in (attributes.get("http.route"), attributes.get("url.path"), attributes.get("http.target"))


@services
@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal_carries_the_pods_resource(shop: Shop, service: str, signal: Signal) -> None:
    found = shop.wait_for(f"{service}: {signal}", lambda: shop.received.of(signal, service))
    resource = found[0][0]
    wanted = shop.services[service].resource | {"service.name": service}
    assert {key: resource.get(key) for key in wanted} == wanted
    language = shop.services[service].language
    assert resource["telemetry.sdk.language"] == language


@services
def test_a_log_record_carries_the_ids_of_the_trace_it_was_written_in(shop: Shop, service: str) -> None:
    def correlated() -> Iterator[Any]:
        return (record for _, record in shop.received.of("logs", service) if record.trace_id.hex() == TRACE)

    records = shop.wait_for(f"{service}: a record of the trace", correlated)
    bodies = [reading.read(record.body)[1] for record in records]
    assert any("asked for" in str(body) for body in bodies), bodies
    assert all(record.span_id for record in records)


@services
def test_baggage_arrives_at_every_service(shop: Shop, service: str) -> None:
    headers = {part["service"]: part["headers"]["baggage"] for part in answers(shop.answer)}
    assert headers[service] == BAGGAGE
