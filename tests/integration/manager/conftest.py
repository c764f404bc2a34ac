"""Managers as subprocesses against the real API server, each with its own namespace to watch and to keep its Lease in."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer

ROOT = Path(__file__).resolve().parents[3]
CRD = ROOT / "crds" / "opentelemetry.io_opentelemetrycollectors.yaml"
INSTRUMENTATION_CRD = ROOT / "crds" / "opentelemetry.io_instrumentations.yaml"
JsonObject = dict[str, Any]
FAST_LEASE = ("--leader-elect-lease-duration=3", "--leader-elect-renew-deadline=2", "--leader-elect-retry-period=0.5")


class Manager:
    """One manager process."""

    def __init__(self, kubeconfig: Path, namespace: str, log: Path, arguments: Sequence[str] = ()) -> None:
        self._log = log
        command = [sys.executable, "-m", "otel_operator", "manager", f"--kubeconfig={kubeconfig}", *arguments]
        addresses = ["--metrics-addr=127.0.0.1:0", "--health-probe-addr=127.0.0.1:0"]
        environment = {**os.environ, "NAMESPACE": namespace, "WATCH_NAMESPACE": namespace}
        with log.open("wb") as output:
            self.process = subprocess.Popen([*command, *addresses, *FAST_LEASE], stderr=output, env=environment, cwd=ROOT)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def page(self, path: str) -> str:
        """Return one of the pages that it serves."""
        match = re.search(rf"address=127.0.0.1:(\d+) pages=\S*{path}", self.log)
        assert match, self.log
        with urllib.request.urlopen(f"http://127.0.0.1:{match[1]}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def writes(self) -> float:
        """Return how many requests it has sent that may write, without those for its Lease."""
        lines = re.findall(r'^rest_client_requests_total\{.*method="(?:PATCH|POST|DELETE)"\} (\S+)', self.page("/metrics"), re.M)
        return sum(map(float, lines))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)


class Cluster:
    """What tests do in their namespace."""

    def __init__(self, server: ApiServer, namespace: str) -> None:
        self.server, self.namespace = server, namespace

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.server.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def apply(self, *objects: JsonObject) -> None:
        self.kubectl("apply", "-f", "-", stdin="\n---\n".join(json.dumps(obj) for obj in objects))

    def get(self, kind: str, *arguments: str) -> list[JsonObject]:
        """Return the objects of a kind (comma list allowed), sorted by name."""
        items = json.loads(self.kubectl("get", kind, "-o", "json", *arguments))["items"]
        return sorted(items, key=lambda item: (item["kind"], item["metadata"]["name"]))

    def names(self, kind: str) -> list[str]:
        """Return the names of objects with our label."""
        return [item["metadata"]["name"] for item in self.get(kind, "-l", "app.kubernetes.io/managed-by=opentelemetry-operator")]

    def condition(self, name: str, type_: str) -> JsonObject:
        """Return a condition of a collector, {} if it is not there."""
        live = next(item for item in self.get("otelcol") if item["metadata"]["name"] == name)
        conditions = (live.get("status") or {}).get("conditions") or []
        return next((condition for condition in conditions if condition["type"] == type_), {})


def build_collector(name: str, **spec: Any) -> JsonObject:
    settings = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}}}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
    }
    base = {"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector", "metadata": {"name": name}}
    return {**base, "spec": {"mode": "deployment", "config": settings} | spec}


@pytest.fixture
def collector() -> Callable[..., JsonObject]:
    return build_collector


@pytest.fixture(scope="session")
def crd(apiserver: ApiServer) -> None:
    """The CRDs, that of collectors without its conversion webhook, which does not run here."""
    for path in (CRD, INSTRUMENTATION_CRD):
        definition = yaml.safe_load(path.read_text())
        definition["spec"]["conversion"] = {"strategy": "None"}
        apiserver.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(definition))
        apiserver.wait_established(definition["metadata"]["name"])


@pytest.fixture
def cluster(apiserver: ApiServer, namespace: str, crd: None) -> Cluster:
    return Cluster(apiserver, namespace)


@pytest.fixture
def start_manager(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[..., Manager]]:
    """Start managers, as the administrator unless told otherwise; each ends with the test."""
    started: list[Manager] = []

    def start(kubeconfig: Path = cluster.server.kubeconfig, arguments: Sequence[str] = ()) -> Manager:
        manager = Manager(kubeconfig, cluster.namespace, tmp_path / f"manager-{len(started)}.log", arguments)
        started.append(manager)
        return manager

    yield start
    for manager in started:
        manager.stop(signal.SIGKILL)
        print(manager.log)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Wait until a condition holds; an assertion inside it counts as not yet."""

    def wait(condition: Callable[[], object], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
                problem = "it was false"
            except AssertionError as error:
                problem = str(error)
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {problem}")
            time.sleep(0.1)

    return wait


@pytest.fixture
def manager(start_manager: Callable[[], Manager], eventually: Callable[..., None]) -> Manager:
    """A manager that leads and has filled its cache."""
    manager = start_manager()
    eventually(lambda: "cache filled" in manager.log)
    return manager
