"""Every sample is applied as it is on a node, and does its thing; the images of third parties are replaced (`stand_ins`)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e import product
from e2e.cluster.errors import ClusterError
from e2e.cluster.session import Cluster
from e2e.injection.manifests import PATHS
from e2e.kubectl import Kubectl, wait_until
from e2e.product import pods_of
from e2e.samples.stand_ins import OUR_IMAGE, RUNNING, on_this_node

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "manifests" / "samples"
FILES = sorted(path for path in SAMPLES.glob("*.yaml") if path.name != "kustomization.yaml")
OFF_IN_INSTALL = ("go",)
"""Languages that the operator does not inject as the install file has it: their pods are as they were."""
TRACES = 50


def objects(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def collectors() -> list[str]:
    found = [obj for path in FILES for obj in objects(path) if obj["kind"] == "OpenTelemetryCollector"]
    return [obj["metadata"]["name"] for obj in found]


def has_status(kubectl: Kubectl, collector: str) -> bool:
    return "status" in kubectl.get("otelcol", collector)


@pytest.fixture(scope="module")
def applied(cluster: Cluster, kubectl: Kubectl, installed: None) -> Iterator[Kubectl]:
    """All samples in one namespace: first what pods are injected from."""
    product.load_images(cluster.load, (*(f"autoinstrumentation-{language}" for language in RUNNING), *RUNNING.values()))
    scoped = kubectl.within("samples")
    scoped.ensure_namespace()
    everything = [on_this_node(obj) for path in FILES for obj in objects(path)]
    scoped.apply([obj for obj in everything if obj["kind"] != "Deployment"])
    for name in collectors():
        wait_until(f"a status of {name}", partial(has_status, scoped, name), timeout=60)
    scoped.apply([obj for obj in everything if obj["kind"] == "Deployment"])
    yield scoped
    kubectl("delete", "namespace", "samples", "--wait=false")


def received(kubectl: Kubectl, collector: str, items: str) -> int:
    """Sum of the items that the debug exporters of a collector's pods wrote the count of."""
    logs = [kubectl("logs", name, "--all-containers") for name in pods_of(kubectl, collector)]
    return sum(int(count) for log in logs for count in re.findall(rf'"{items}": ?(\d+)', log))


def ended(kubectl: Kubectl, pod: str) -> None:
    """Wait until a pod that runs a script has ended, and well."""
    try:
        wait_until(f"the {pod}'s end", lambda: phase(kubectl, pod) in ("Succeeded", "Failed"), timeout=150)
    except ClusterError as error:
        raise ClusterError(f"{error}\n{product.explain(kubectl)}") from error
    assert phase(kubectl, pod) == "Succeeded", kubectl("logs", pod, "--tail=20")


def phase(kubectl: Kubectl, pod: str) -> str:
    return str(kubectl.get("pod", pod)["status"]["phase"])


def spans_of(kubectl: Kubectl, trace: str) -> list[str]:
    """What the gateway's log says of a trace: for each of its resources the line with the attributes, then its spans."""
    logs = [kubectl("logs", name) for name in pods_of(kubectl, "gateway")]
    return [part for log in logs for part in log.split("ResourceTraces #")[1:] if trace in part]


def run(kubectl: Kubectl, name: str, command: list[str], **metadata: Any) -> None:
    """Run a script of this folder's in a pod, given as a ConfigMap of the pod's name."""
    container = {
        "name": name,
        "image": OUR_IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}],
    }
    spec = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "containers": [container],
        "volumes": [{"name": "scripts", "configMap": {"name": name}}],
    }
    kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec})


def test_every_collector_becomes_available(applied: Kubectl) -> None:
    names = [f"otelcol/{name}" for name in collectors()]
    applied("wait", "--for=condition=Available", *names, "--timeout=150s", timeout=180)


def test_traces_that_were_split_are_sampled_whole(applied: Kubectl) -> None:
    applied("wait", "--for=condition=Available", "otelcol/traces", "otelcol/sampling", "--timeout=150s", timeout=180)
    applied("create", "configmap", "sender", f"--from-file={HERE / 'sender.py'}")
    run(applied, "sender", ["python3", "/scripts/sender.py", str(TRACES)])
    ended(applied, "sender")
    # Half of a trace's spans did not fail: were they judged apart, nine in ten of them would be missing.
    wait_until(
        "both spans of every failed trace", lambda: received(applied, "sampling", "spans") == 2 * TRACES, timeout=60, every=2
    )


def test_an_annotated_pod_is_scraped(applied: Kubectl) -> None:
    applied("create", "configmap", "pages", "--from-literal=metrics=orders_total 7\n")
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"}
    run(applied, "pages", ["python3", "-m", "http.server", "8080", "--directory=/scripts"], annotations=annotations)
    # The collector scrapes other collectors, too: that this pod is asked, its own log says.
    wait_until("a scrape", lambda: '"GET /metrics HTTP/1.1" 200' in applied("logs", "pages"), timeout=90, every=2)
    wait_until("data points", lambda: received(applied, "scraper", "data points") > 0, timeout=60, every=2)


def test_lines_of_the_nodes_containers_are_read(applied: Kubectl) -> None:
    wait_until("log records", lambda: received(applied, "node-logs", "log records") > 0, timeout=120, every=2)


def test_the_annotated_pod_gets_the_sidecar(applied: Kubectl) -> None:
    (pod,) = applied.items("pods", "--selector=app=with-sidecar")
    containers = [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]
    assert "otc-container" in [container["name"] for container in containers]


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("auto-")], ids=lambda path: path.stem)
def test_the_example_workload_gets_what_it_asks_for(applied: Kubectl, path: Path) -> None:
    language = path.stem.removeprefix("auto-instrumentation-")
    (pod,) = applied.items("pods", f"--selector=app=example-{language}")
    record = pod["metadata"].get("annotations", {}).get("injection.opentelemetry.io/injected", "{}")
    assert (language in json.loads(record)) is (language not in OFF_IN_INSTALL), pod["metadata"]


def test_untouched_applications_send_their_spans_through_agent_and_gateway(applied: Kubectl) -> None:
    applied("wait", "--for=condition=Available", "otelcol/agent", "otelcol/gateway", "--timeout=150s", timeout=180)
    traces = {language: secrets.token_hex(16) for language in RUNNING}
    arguments = []
    for language, trace in traces.items():
        workload = f"example-{language}"
        applied("wait", "--for=condition=Available", f"deployment/{workload}", "--timeout=150s", timeout=180)
        (pod,) = applied.items("pods", f"--selector=app={workload}")
        port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
        arguments += [f"http://{pod['status']['podIP']}:{port}{PATHS[RUNNING[language]]}", trace]
    applied("create", "configmap", "caller", f"--from-file={HERE / 'caller.py'}")
    run(applied, "caller", ["python3", "/scripts/caller.py", *arguments])
    ended(applied, "caller")
    for language, trace in traces.items():
        (resource,) = wait_until(f"{language}'s span", partial(spans_of, applied, trace), timeout=60, every=2)
        named = {f"service.name=example-{language}", f"telemetry.sdk.language={language}", "k8s.namespace.name=samples"}
        assert named <= set(resource.splitlines()[0].split()), resource
