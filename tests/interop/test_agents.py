"""The agents of our auto-instrumentation images in untouched applications, over the port and protocols of the guide's manifests.

Four services in a row: Flask (Python), Express (Node.js), the JDK's HTTP server (Java), FastAPI (the oldest Python there is).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until
from e2e.images import agents, apps, interpreters
from tests.interop import reading
from tests.interop.arrivals import SIGNALS, Arrivals, Signal
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.injected import Deployed, copied, environment, start

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
BAGGAGE = "tenant=blue"
PATHS = {"storefront": "/checkout", "catalog": "/price", "stock": "/stock", "reviews": "/reviews"}
SECONDS = 60.0
# A metric reader waits a minute; a test need not.
SOON = {"OTEL_METRIC_EXPORT_INTERVAL": "1000", "OTEL_BSP_SCHEDULE_DELAY": "500", "OTEL_BLRP_SCHEDULE_DELAY": "500"}
SERVER = 2


def config(arrivals: Arrivals, port: int) -> dict[str, object]:
    """The guide's agent: gRPC is the only protocol that it is told to take."""
    pipelines = {signal: {"receivers": ["otlp"], "exporters": [f"file/{signal}"]} for signal in SIGNALS}
    return {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": arrivals.exporters(),
        "service": {"pipelines": pipelines, "telemetry": SILENT},
    }


class Received:
    """Everything that has arrived, by service."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._requests: dict[Signal, list[Any]] = {signal: [] for signal in SIGNALS}

    def of(self, signal: Signal, service: str) -> Iterator[tuple[dict[str, object], Any]]:
        """Yield resource attributes and each span, log record or metric of a service."""
        self._requests[signal] += self._arrivals.take(signal)
        outer = {"traces": "resource_spans", "metrics": "resource_metrics", "logs": "resource_logs"}[signal]
        scopes = {"traces": "scope_spans", "metrics": "scope_metrics", "logs": "scope_logs"}[signal]
        inner = {"traces": "spans", "metrics": "metrics", "logs": "log_records"}[signal]
        for request in self._requests[signal]:
            for group in getattr(request, outer):
                resource = {key: value for key, (_, value) in reading.read_all(group.resource.attributes).items()}
                if resource.get("service.name") == service:
                    for scope in getattr(group, scopes):
                        for item in getattr(scope, inner):
                            yield resource, item


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


def get(port: int, path: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        body: bytes = answer.read()
        return body


def wait_ready(component: Component, port: int) -> None:
    wait_until(f"{component.name}: ready", lambda: get(port, "/health", {}), seconds=SECONDS, alive=component.check_alive)


def python_service(name: str, version: str, folder: Path) -> Deployed:
    """A Python application in a virtual environment of its own; the test is skipped where the machine has no such Python."""
    program = interpreters.find(version)
    if program is None:
        pytest.skip(f"this machine has no Python {version}")
    app = apps.python_app(name, version)
    return Deployed(name, "python", [interpreters.with_packages(program, app / "lib", folder), app / f"{name}.py"])


def oldest_python() -> str:
    return next(version for version in agents.PYTHONS if interpreters.find(version))


@pytest.fixture(scope="session", autouse=True)
def _runtimes() -> None:
    missing = [name for name in ("node", "npm", "java", "javac", "mvn") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")


@pytest.fixture(scope="session")
def volumes(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, Path]:
    """Each agent, copied as an init container does."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # The first run on a machine downloads packages: nobody should look at a silent terminal meanwhile.
    with capture.global_and_fixture_disabled():
        return {language: copied(language, tmp_path_factory.mktemp(language)) for language in agents.LANGUAGES}


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


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_the_java_agent_sends_by_either_protocol_to_the_one_port(
    protocol: str, starter: Starter, volumes: dict[str, Path], tmp_path: Path
) -> None:
    app = Deployed("stock", "java", ["java", "-XX:TieredStopAtLevel=1", "-cp", apps.java_app("stock"), "Stock"])
    called(app, volumes, starter, tmp_path, {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol})


def called(
    app: Deployed, volumes: dict[str, Path], starter: Starter, folder: Path, more: dict[str, str] | None = None
) -> tuple[dict[str, object], str]:
    """Run an application for one call, with a collector of its own; return the resource of its span, and what it printed."""
    arrivals = Arrivals(folder)
    collector, (collector_port,) = starter.start(folder.name, ours(), 1, lambda numbers: config(arrivals, numbers[0]))
    (port,) = free_ports(1)
    with ProcessGroup(folder / "logs") as group:
        variables = environment(app, volumes[app.language], f"http://127.0.0.1:{collector_port}", SOON | (more or {}))
        component = start(group, app, variables | {"PORT": str(port)})
        wait_ready(component, port)
        get(port, PATHS[app.name], {"traceparent": TRACEPARENT})
        found = Received(arrivals)
        wait_until(f"{app.name}: a span", lambda: list(found.of("traces", app.name)), seconds=SECONDS)
        resource, _ = next(found.of("traces", app.name))
    collector.end()
    return resource, component.log.read_text()


@pytest.mark.parametrize("version", agents.PYTHONS)
def test_one_tree_serves_every_python(version: str, starter: Starter, volumes: dict[str, Path], tmp_path: Path) -> None:
    app = python_service("storefront", version, tmp_path / "environment")
    resource, printed = called(app, volumes, starter, tmp_path)
    assert resource["telemetry.auto.version"]
    assert "Error" not in printed


@pytest.mark.parametrize("version", agents.PYTHONS)
def test_compiled_parts_of_the_tree_are_those_of_the_interpreter(version: str, volumes: dict[str, Path]) -> None:
    program = interpreters.find(version)
    if program is None:
        pytest.skip(f"this machine has no Python {version}")
    code = (
        "import wrapt._wrappers, charset_normalizer.md, psutil._psutil_linux, google._upb._message;"
        "print(wrapt._wrappers.__file__, charset_normalizer.md.__file__)"
    )
    done = subprocess.run(
        [program, "-c", code], env={"PYTHONPATH": str(volumes["python"])}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"cpython-{version.replace('.', '')}-") == 2


def test_a_python_older_than_the_agents_packages_runs_the_application_as_without_them(volumes: dict[str, Path]) -> None:
    old = next((found for version in ("3.9", "3.8", "3.7", "3.6") if (found := interpreters.find(version))), None)
    if old is None:
        pytest.skip("this machine has no Python older than 3.10")
    tree = volumes["python"]
    code = "import os, sys; print([path for path in sys.path if 'python' in path.lower()]); print(os.environ['PYTHONPATH'])"
    entry = tree / "opentelemetry" / "instrumentation" / "auto_instrumentation"
    done = subprocess.run(
        [old, "-c", code], env={"PYTHONPATH": f"{entry}:/app:{tree}"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    path, variable = done.stdout.splitlines()
    assert variable == "/app"
    assert str(tree) not in path
    assert "not instrumented: this is Python 3." in done.stderr
    assert "3.10 or newer" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def started_by_node(*required: Path) -> tuple[str, str]:
    """Run a program with these files required before it; return what it writes to stdout and stderr."""
    command = ["node", *(f"--require={path}" for path in required), "-e", "console.log('ran')"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_node_older_than_the_agents_packages_runs_the_application_as_without_them(
    volumes: dict[str, Path], tmp_path: Path
) -> None:
    older = tmp_path / "older.js"
    older.write_text("Object.defineProperty(process.versions, 'node', {value: '18.18.2'});\n")
    printed, said = started_by_node(older, volumes["nodejs"] / "autoinstrumentation.js")
    assert printed == "ran\n"
    assert "not instrumented: this is Node.js 18.18.2, and the agent needs 18.19 or newer" in said


def test_a_node_agent_that_cannot_be_loaded_leaves_the_application_running(tmp_path: Path) -> None:
    shutil.copy(agents.SOURCES / "nodejs" / "autoinstrumentation.js", tmp_path)
    printed, said = started_by_node(tmp_path / "autoinstrumentation.js")
    assert printed == "ran\n"
    assert "not instrumented: the agent did not start" in said
    assert "register.js" in said
