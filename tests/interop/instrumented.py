"""Runs applications as injected pods do, with a collector of ours that is set up as the guide's agent, and reads what arrives."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until
from e2e.images import apps, interpreters
from tests.interop import reading
from tests.interop.arrivals import SIGNALS, Arrivals, Signal
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.injected import Deployed, environment, start

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
PATHS = {"storefront": "/checkout", "catalog": "/price", "stock": "/stock", "reviews": "/reviews"}
SECONDS = 120.0
"""How long a machine with other work may take to start a runtime; nothing waits for it to pass."""
# A metric reader waits a minute; a test need not.
SOON = {"OTEL_METRIC_EXPORT_INTERVAL": "1000", "OTEL_BSP_SCHEDULE_DELAY": "500", "OTEL_BLRP_SCHEDULE_DELAY": "500"}


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
