"""Every sample is applied as it is on a node, and does its thing; the images of third parties are replaced by stand-ins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.images.build import REGISTRY
from e2e.kubectl import Kubectl, wait_until
from e2e.product import pods_of

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "manifests" / "samples"
FILES = sorted(path for path in SAMPLES.glob("*.yaml") if path.name != "kustomization.yaml")
OUR_IMAGE = f"{REGISTRY}/collector:{version('otel-operator')}"
REPLACED = {
    "docker.io/library/busybox:1.36.1": "the sidecar's and the SDK's example",
    "docker.io/library/httpd:2.4.62": "the example of Apache",
    "docker.io/nginxinc/nginx-unprivileged:1.25.3": "the example of nginx",
    **{
        f"ghcr.io/open-telemetry/opentelemetry-operator/e2e-test-app-{language}:main": f"the example of {language}"
        for language in ("java", "nodejs", "python", "dotnet", "golang")
    },
}
"""Images that a node without a registry cannot have; the collector's, asleep, takes their place."""
OFF_IN_INSTALL = ("go",)
"""Languages that the operator does not inject as the install file has it: their pods are as they were."""
TRACES = 50


def objects(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def on_this_node(obj: dict[str, Any]) -> dict[str, Any]:
    """The object with stand-ins for the images in REPLACED."""
    if obj["kind"] == "Deployment":
        for container in obj["spec"]["template"]["spec"]["containers"]:
            assert container["image"] in REPLACED
            container |= {"image": OUR_IMAGE, "imagePullPolicy": "IfNotPresent"}
            container["command"] = ["python3", "-c", "import time; time.sleep(1e6)"]
    return obj


def collectors() -> list[str]:
    found = [obj for path in FILES for obj in objects(path) if obj["kind"] == "OpenTelemetryCollector"]
    return [obj["metadata"]["name"] for obj in found]


def has_status(kubectl: Kubectl, collector: str) -> bool:
    return "status" in kubectl.get("otelcol", collector)


@pytest.fixture(scope="module")
def applied(kubectl: Kubectl, installed: None) -> Iterator[Kubectl]:
    """All samples in one namespace: first what pods are injected from."""
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
    wait_until("the sender's end", lambda: applied.get("pod", "sender")["status"]["phase"] in ("Succeeded", "Failed"), timeout=90)
    assert applied.get("pod", "sender")["status"]["phase"] == "Succeeded", applied("logs", "sender", "--tail=20")
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
