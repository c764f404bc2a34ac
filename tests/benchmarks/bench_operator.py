"""Measures the manager on a real API server with one kwok node: latency, fan-out, CPU, memory and idle writes.

Run by `make bench-operator`. Prints a table with the bar of each figure and writes JSON to tests/benchmarks/out/.
The Go operator's figures on the same kind of machine: 74 ms and 93 ms p50, 16.3 s, 11.6 s of CPU, 64 and 104 MiB.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402
from kubernetes import client, config, watch  # noqa: E402
from urllib3.exceptions import ProtocolError  # noqa: E402

from e2e.cluster.apiserver import ApiServer  # noqa: E402
from tests.benchmarks.figures import Figure, report  # noqa: E402

OUT = Path(__file__).parent / "out"
CRD = ROOT / "crds" / "opentelemetry.io_opentelemetrycollectors.yaml"
GVR = ("opentelemetry.io", "v1beta1", "bench", "opentelemetrycollectors")
TICKS = os.sysconf("SC_CLK_TCK")
FAN_OUT = 200


class Manager:
    """The manager as a subprocess, with what /proc and its /metrics tell of it."""

    def __init__(self, command: list[str], kubeconfig: Path, log: Path) -> None:
        self._log = log
        arguments = ["--kubeconfig", str(kubeconfig), "--metrics-addr", "127.0.0.1:0", "--health-probe-addr", "0"]
        self._output = log.open("wb")
        self.process = subprocess.Popen([*command, "manager", *arguments], stderr=self._output, cwd=ROOT)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self._output.close()

    def wait_ready(self) -> None:
        until(lambda: "cache filled" in self._log.read_text(), 60, f"the manager to start; see {self._log}")
        match = re.search(r"address=127.0.0.1:(\d+) pages=/metrics", self._log.read_text())
        assert match
        self._metrics = f"http://127.0.0.1:{match[1]}/metrics"

    @property
    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def rss(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert match
        return int(match[1]) / 1024

    def requests(self, *methods: str) -> float:
        with urllib.request.urlopen(self._metrics, timeout=10) as answer:
            text = answer.read().decode()
        lines = re.findall(r'^rest_client_requests_total\{code="[^"]*",method="(\w+)"\} (\S+)', text, re.MULTILINE)
        return sum(float(value) for method, value in lines if method in methods)


class Deployments:
    """A watch that remembers when each Deployment was first seen with each number of replicas."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, int], float] = {}
        self.names: set[str] = set()
        self._changed = threading.Condition()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        api = client.AppsV1Api(client.ApiClient())
        with contextlib.suppress(ProtocolError):  # the end of the API server
            self._take_in(watch.Watch().stream(api.list_namespaced_deployment, GVR[2]))

    def _take_in(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            now = time.perf_counter()
            meta, spec = event["raw_object"]["metadata"], event["raw_object"]["spec"]
            with self._changed:
                self.seen.setdefault((meta["name"], spec.get("replicas", 1)), now)
                (self.names.discard if event["type"] == "DELETED" else self.names.add)(meta["name"])
                self._changed.notify_all()

    def wait_for(self, what: Callable[[], bool], seconds: float) -> None:
        with self._changed:
            if not self._changed.wait_for(what, seconds):
                raise TimeoutError(f"Deployments did not come within {seconds} s")


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def collector(name: str) -> dict[str, Any]:
    pipeline = {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["debug"]}
    settings = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}, "http": {"endpoint": "0.0.0.0:4318"}}}},
        "processors": {"batch": {}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": pipeline}},
    }
    spec = {"mode": "deployment", "replicas": 1, "config": settings}
    return {"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector", "metadata": {"name": name}, "spec": spec}


def install_crd(server: ApiServer, file: Path) -> None:
    """Install the CRD without its conversion webhook, which does not run here."""
    crd = yaml.safe_load(file.read_text())
    crd["spec"]["conversion"] = {"strategy": "None"}
    server.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(crd))
    server.wait_established(crd["metadata"]["name"])


def singles(api: client.CustomObjectsApi, deployments: Deployments, count: int) -> Iterator[Figure]:
    """One collector after the other, on a quiet cluster."""
    created, changed = [], []
    for number in range(count):
        name = f"single-{number}"
        child = f"{name}-collector"
        start = time.perf_counter()
        api.create_namespaced_custom_object(*GVR, collector(name))
        deployments.wait_for(lambda child=child: (child, 1) in deployments.seen, 30)
        created.append((deployments.seen[child, 1] - start) * 1000)
        time.sleep(0.3)
        start = time.perf_counter()
        api.patch_namespaced_custom_object(*GVR, name, {"spec": {"replicas": 2}})
        deployments.wait_for(lambda child=child: (child, 2) in deployments.seen, 30)
        changed.append((deployments.seen[child, 2] - start) * 1000)
        api.delete_namespaced_custom_object(*GVR, name)
    yield Figure("create -> Deployment, p50", statistics.median(created), "ms", 60)
    yield Figure("create -> Deployment, max", max(created), "ms")
    yield Figure("replicas change -> Deployment, p50", statistics.median(changed), "ms", 60)
    deployments.wait_for(lambda: not deployments.names, 120)


def fan_out(server: ApiServer, manager: Manager, deployments: Deployments, workdir: Path) -> Iterator[Figure]:
    """`kubectl apply` of one file with many collectors."""
    file = workdir / "collectors.yaml"
    file.write_text("---\n".join(json.dumps(collector(f"many-{number}")) + "\n" for number in range(FAN_OUT)))
    cpu, start = manager.cpu, time.perf_counter()
    server.kubectl("apply", "-n", GVR[2], "-f", str(file))
    ended = time.perf_counter()
    deployments.wait_for(lambda: len(deployments.names) >= FAN_OUT, 120)
    seconds = max(deployments.seen[f"many-{number}-collector", 1] for number in range(FAN_OUT)) - ended
    yield Figure("kubectl apply of 200 itself", ended - start, "s")
    yield Figure("200 Deployments after kubectl ended", max(seconds, 0.0), "s", 3)
    until(lambda: available(server) >= FAN_OUT, 240, "200 collectors to become available")
    yield Figure("200 collectors available", time.perf_counter() - start, "s")
    yield Figure("operator CPU for the fan-out", manager.cpu - cpu, "s", 6)
    time.sleep(3)
    yield Figure("RSS with 200", manager.rss, "MiB", 85)


def available(server: ApiServer) -> int:
    path = "jsonpath={.items[*].status.conditions[?(@.type=='Available')].status}"
    time.sleep(0.5)
    return server.kubectl("get", "otelcol", "-n", GVR[2], "-o", path).split().count("True")


def settle(manager: Manager) -> Iterator[Figure]:
    """Wait until nothing has been written for ten seconds: Events are posted at a bounded rate, after the objects."""
    start = last = time.perf_counter()
    writes = manager.requests("PATCH", "POST", "DELETE")
    while time.perf_counter() - last < 10:
        if time.perf_counter() - start > 300:
            raise TimeoutError("the manager writes on and on")
        time.sleep(0.5)
        now = manager.requests("PATCH", "POST", "DELETE")
        if now != writes:
            writes, last = now, time.perf_counter()
    yield Figure("last write after all were available", last - start, "s")


def idle(manager: Manager, seconds: float) -> Iterator[Figure]:
    """Nothing happens, so nothing may be written but the Lease (PUT)."""
    cpu, writes, renewals = manager.cpu, manager.requests("PATCH", "POST", "DELETE"), manager.requests("PUT")
    time.sleep(seconds)
    yield Figure(
        f"writes in {seconds:.0f} s idle, without the Lease", manager.requests("PATCH", "POST", "DELETE") - writes, "", 0
    )
    yield Figure(f"Lease renewals in {seconds:.0f} s", manager.requests("PUT") - renewals, "")
    yield Figure(f"operator CPU in {seconds:.0f} s idle", manager.cpu - cpu, "s")


def clear(server: ApiServer, manager: Manager, deployments: Deployments) -> Iterator[Figure]:
    start = time.perf_counter()
    server.kubectl("delete", "otelcol", "--all", "-n", GVR[2], "--wait=false")
    deployments.wait_for(lambda: not deployments.names, 300)
    yield Figure("delete 200, until the Deployments are gone", time.perf_counter() - start, "s")
    time.sleep(5)
    yield Figure("RSS after delete", manager.rss, "MiB")


@contextmanager
def environment(command: list[str], crd: Path, workdir: Path) -> Iterator[tuple[ApiServer, Manager]]:
    with ApiServer(workdir / "apiserver", kwok=True) as server:
        install_crd(server, crd)
        server.kubectl("create", "namespace", GVR[2])
        config.load_kube_config(str(server.kubeconfig))
        manager = Manager(command, server.kubeconfig, workdir / "manager.log")
        try:
            manager.wait_ready()
            yield server, manager
        finally:
            manager.close()


def measure(options: argparse.Namespace, workdir: Path) -> Iterator[Figure]:
    yield Figure("load of the machine at start, 1 min", os.getloadavg()[0], "")
    with environment(shlex.split(options.command), options.crd, workdir) as (server, manager):
        time.sleep(3)
        yield Figure("RSS idle", manager.rss, "MiB", 70)
        deployments = Deployments()
        yield from singles(client.CustomObjectsApi(), deployments, options.singles)
        yield from fan_out(server, manager, deployments, workdir)
        yield from settle(manager)
        yield from idle(manager, options.idle)
        yield from clear(server, manager, deployments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default=f"{sys.executable} -m otel_operator", help="what runs the manager")
    parser.add_argument("--crd", type=Path, default=CRD)
    parser.add_argument("--singles", type=int, default=30)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds to watch for writes")
    options = parser.parse_args()
    workdir = OUT / "bench_operator"
    workdir.mkdir(parents=True, exist_ok=True)
    return report(measure(options, workdir), OUT / "operator.json")


if __name__ == "__main__":
    sys.exit(main())
