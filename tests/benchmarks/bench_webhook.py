"""Measures pod admission on a real API server: latency, cost, a burst, memory.

Run by `make bench-webhook`. Prints a table with the bar of each figure and writes JSON to tests/benchmarks/out/.
The Go operator on the same kind of machine, one pod at a time: p50 4.5 ms, p99 7.8 ms; the API server alone: 2.0 and 4.7 ms.
Latencies mean something on a quiet machine only; CPU seconds, and what is asked in turn with them, always do: pods of which no
webhook is asked, and pods to which a Go webhook of the smallest kind adds the same container (`gowebhook/`).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import ssl
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from e2e.cluster import binaries  # noqa: E402
from e2e.cluster.apiserver import ApiServer  # noqa: E402
from tests.benchmarks.figures import Figure, report  # noqa: E402
from tests.benchmarks.go_webhook import go_webhook  # noqa: E402
from tests.integration.webhook.conftest import Kubectl, RunningWebhook, installed  # noqa: E402

OUT = Path(__file__).parent / "out"
NAMESPACE = "bench"
ELSEWHERE, PEERS = "kube-system", "peers"
"""A namespace that the installed webhook leaves alone, and what its pods are called that are the Go peer's."""
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
TICKS = os.sysconf("SC_CLK_TCK")
INJECT = {"sidecar.opentelemetry.io/inject": "side"}
INJECT_PYTHON = {"instrumentation.opentelemetry.io/inject-python": "one"}
SIDECAR = b'"otc-container"'
ADDED = {
    "injected pod": SIDECAR,
    "the same by a Go webhook": SIDECAR,
    "small pod with Python's agent": b'"opentelemetry-auto-instrumentation-python"',
}
"""What the answers hold of the kinds of pod that get something."""


class Server:
    """One keep-alive connection to an HTTPS server."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)

    def post(self, path: str, body: bytes) -> bytes:
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"POST {path}: {answer.status} {data[:500].decode()}")
        return data

    def close(self) -> None:
        self._connection.close()


def administrator(server: ApiServer) -> Server:
    context = ssl.create_default_context(cafile=str(server.ca_file))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_cert_chain(server.admin_cert, server.admin_key)
    return Server(int(server.url.rpartition(":")[2]), context)


def straight(port: int) -> Server:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return Server(port, context)


def pod(annotations: dict[str, str], namespace: str = NAMESPACE, app: str = "web") -> dict[str, Any]:
    """A pod as Deployments make them: two containers, some variables, probes, resources."""
    variables = [{"name": f"SETTING_{number}", "value": "value"} for number in range(10)]
    containers = [
        {
            "name": name,
            "image": f"example.com/{name}:1.2.3",
            "ports": [{"containerPort": 8080}],
            "env": variables,
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        }
        for name in ("web", "helper")
    ]
    metadata = {"generateName": "web-", "namespace": namespace, "labels": {"app": app}, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}


def small_pod(annotations: dict[str, str]) -> dict[str, Any]:
    """A pod of one container, of which Python's instrumentation is asked: what the Go operator's figures are of."""
    metadata = {"generateName": "small-", "namespace": NAMESPACE, "annotations": annotations}
    container = {"name": "web", "image": "example.com/web:1.2.3", "env": [{"name": "SETTING", "value": "value"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def collector() -> dict[str, Any]:
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {"batch": {}, "memory_limiter": {"check_interval": "1s", "limit_mib": 50}},
        "exporters": {"otlp": {"endpoint": "gateway:4317"}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "processors": ["memory_limiter", "batch"], "exporters": ["otlp"]}}
        },
    }
    return {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "side"},
        "spec": {"mode": "sidecar", "config": config},
    }


def instrumentation(name: str, namespace: str, variables: int = 0) -> dict[str, Any]:
    """The guide's, with so many variables of its own."""
    spec = {
        "exporter": {"endpoint": "http://otel-agent:4317"},
        "propagators": ["tracecontext", "baggage"],
        "sampler": {"type": "parentbased_traceidratio", "argument": "0.1"},
        "env": [{"name": f"A{number}", "value": "x" * 50} for number in range(variables)],
    }
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": metadata, "spec": spec}


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def one_at_a_time(server: ApiServer, count: int) -> Iterator[Figure]:
    """Dry-run creates over one connection, the kinds in turn so that the machine's mood is the same for all."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "floor-"}}
    kinds = {
        "small pod with Python's agent": ("pods", NAMESPACE, small_pod(INJECT_PYTHON)),
        "injected pod": ("pods", NAMESPACE, pod(INJECT)),
        "the same by a Go webhook": ("pods", ELSEWHERE, pod(INJECT, ELSEWHERE, PEERS)),
        "plain pod": ("pods", NAMESPACE, pod({})),
        "plain pod, no webhook": ("pods", ELSEWHERE, pod({}, ELSEWHERE)),
        "ConfigMap, no webhook": ("configmaps", NAMESPACE, config_map),
    }
    requests = {
        name: (f"/api/v1/namespaces/{namespace}/{resource}?dryRun=All", json.dumps(body).encode())
        for name, (resource, namespace, body) in kinds.items()
    }
    took: dict[str, list[float]] = {name: [] for name in kinds}
    connection = administrator(server)
    for number in range(count + 20):
        for name, (path, body) in requests.items():
            begin = time.perf_counter()
            answer = connection.post(path, body)
            if number >= 20:
                took[name].append((time.perf_counter() - begin) * 1000)
            if ADDED.get(name, b"") not in answer:
                raise RuntimeError(f"{name} was not injected: {answer[:500].decode()}")
    connection.close()
    for name, times in took.items():
        times.sort()
        bars = (4.5, 8.0) if "webhook" not in name and name in ADDED else (None, None)
        yield Figure(f"{name}: p50", statistics.median(times), "ms", bars[0])
        yield Figure(f"{name}: p99", times[int(len(times) * 0.99)], "ms", bars[1])
    ours, peers = (statistics.median(took[name]) for name in ("injected pod", "the same by a Go webhook"))
    yield Figure("injected pod: p50, ours to the Go webhook's", ours / peers, "", 1.0)


def sidecar_of(server: ApiServer) -> dict[str, Any]:
    """The native sidecar that our webhook adds, for the Go peer to add."""
    connection = administrator(server)
    created = json.loads(connection.post(f"{PODS}?dryRun=All", json.dumps(pod(INJECT)).encode()))
    connection.close()
    (found,) = [item for item in created["spec"]["initContainers"] if item["name"] == "otc-container"]
    # Without the token's mount, which the API server adds to every container.
    mounts = [mount for mount in found["volumeMounts"] if not mount["name"].startswith("kube-api-access-")]
    return dict(found, volumeMounts=mounts)


def in_parallel(count: int, connections: int, connect: Callable[[], Server], work: Callable[[Server], None]) -> float:
    """Do `work` `count` times over `connections`; return the seconds."""
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(count):
        todo.put(number)
    failures: list[Exception] = []

    def worker() -> None:
        connection = connect()
        try:
            while not failures:
                try:
                    todo.get_nowait()
                except queue.Empty:
                    return
                work(connection)
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(connections)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - begin


def cost(port: int, process: int, count: int) -> tuple[float, float]:
    """Send reviews straight at a webhook; return its CPU time for one in ms, and how many it answered in a second."""
    request = {
        "uid": "u",
        "operation": "CREATE",
        "namespace": NAMESPACE,
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "object": pod(INJECT),
        "dryRun": True,
    }
    review = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}).encode()

    def ask(connection: Server) -> None:
        if b'"patch"' not in connection.post("/mutate-v1-pod", review):
            raise RuntimeError("the pod was not injected")

    in_parallel(200, 8, lambda: straight(port), ask)
    before = cpu_seconds(process)
    seconds = in_parallel(count, 8, lambda: straight(port), ask)
    return (cpu_seconds(process) - before) / count * 1000, count / seconds


def burst(server: ApiServer, count: int) -> Iterator[Figure]:
    """Pods that are stored, as fast as the API server takes them."""
    body = json.dumps(pod(INJECT)).encode()
    missed = []

    def create(connection: Server) -> None:
        if b'"otc-container"' not in connection.post(PODS, body):
            missed.append(1)

    seconds = in_parallel(count, 16, lambda: administrator(server), create)
    yield Figure(f"{count} pods created at once", seconds, "s", 5.0)
    yield Figure("of them without their sidecar", len(missed), "", 0)


def memory(kubectl: Kubectl, webhook: RunningWebhook, namespaces: int, instrumentations: int) -> Iterator[Figure]:
    yield Figure("RSS after all that", webhook.resident_mib(), "MiB")
    objects: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"many-{number}"}} for number in range(namespaces)
    ]
    for items in (objects, [instrumentation("own", f"many-{number}", 10) for number in range(instrumentations)]):
        done = kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        if done.returncode:
            raise RuntimeError(done.stderr)
    end = time.monotonic() + 60
    while f'otel_operator_cache_objects{{kind="Instrumentation"}} {float(instrumentations + 1)}' not in webhook.metrics():
        if time.monotonic() > end:
            raise TimeoutError("the webhook does not see the Instrumentations")
        time.sleep(0.5)
    yield Figure(f"RSS with {namespaces} namespaces and {instrumentations} Instrumentations", webhook.resident_mib(), "MiB", 100)


def measure(options: argparse.Namespace, workdir: Path) -> Iterator[Figure]:
    yield Figure("load of the machine at start, 1 min", os.getloadavg()[0], "")
    kubectl_file = binaries.ensure(["kubectl"])["kubectl"]
    with ApiServer(workdir / "apiserver") as server:
        kubectl = Kubectl(kubectl_file, server.kubeconfig)
        server.create_namespace(NAMESPACE)
        with installed(server, kubectl, workdir) as webhook:
            time.sleep(2)
            yield Figure("RSS idle", webhook.resident_mib(), "MiB", 70)
            kubectl.apply(NAMESPACE, collector())
            kubectl.apply(NAMESPACE, instrumentation("one", NAMESPACE))
            time.sleep(2)
            yield Figure("RSS once it has checked a collector and an Instrumentation", webhook.resident_mib(), "MiB")
            with go_webhook(kubectl, workdir, {"app": PEERS}, sidecar_of(server)) as (peer_port, peer):
                yield from one_at_a_time(server, options.singles)
                peer_ms, _ = cost(peer_port, peer, options.admissions)
            ours_ms, rate = cost(webhook.port, webhook.process.pid, options.admissions)
            yield Figure("CPU time of an admission (2 ms: 500 a second and core)", ours_ms, "ms", 2.0)
            yield Figure("CPU time of the same by a Go webhook", peer_ms, "ms")
            yield Figure("admissions a second, by the clock", rate, "/s")
            yield from burst(server, options.burst)
            yield from memory(kubectl, webhook, 500, 200)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--singles", type=int, default=300)
    parser.add_argument("--admissions", type=int, default=4000)
    parser.add_argument("--burst", type=int, default=1000)
    options = parser.parse_args()
    workdir = OUT / "bench_webhook"
    workdir.mkdir(parents=True, exist_ok=True)
    return report(measure(options, workdir), OUT / "webhook.json")


if __name__ == "__main__":
    sys.exit(main())
