"""The guide's collector configuration, exactly as printed, on a node: only the names that it addresses are stand-ins."""

import base64
import json
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster.processes import ProcessGroup
from e2e.configuration.sender import TRACE_OF_EXEMPLAR
from e2e.images.build import REGISTRY
from e2e.kubectl import Kubectl, wait_until
from e2e.product import pods_of
from tests.interop.prometheus_server import PrometheusServer, build

HERE = Path(__file__).parent
STANDIN = HERE.parents[1] / "tests" / "standins" / "loki.py"
KIND = 200
"""Failed traces, as many slow ones, and ten times as many healthy ones."""
LINES = 100


def pod(name: str, command: list[str], volumes: list[dict[str, Any]], mounts: list[dict[str, str]]) -> dict[str, Any]:
    """A pod from the collector's image."""
    container = {
        "name": name,
        "image": f"{REGISTRY}/collector:{version('otel-operator')}",
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "volumeMounts": mounts,
    }
    spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "volumes": volumes, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def script_pod(kubectl: Kubectl, name: str, file: Path, *arguments: str) -> None:
    """Run a script in a pod."""
    kubectl("create", "configmap", name, f"--from-file={file}")
    command = ["python3", f"/scripts/{file.name}", *arguments]
    volumes = [{"name": "scripts", "configMap": {"name": name}}]
    kubectl.apply(pod(name, command, volumes, [{"name": "scripts", "mountPath": "/scripts"}]))


def agent(folder: str) -> dict[str, Any]:
    """The guide's configuration as the guide's kind of manifest; the folder of its log files is the test's own on the node."""
    return {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "otel-agent"},
        "spec": {
            "mode": "daemonset",
            "config": yaml.safe_load((HERE / "collector.yaml").read_text()),
            "volumes": [{"name": "logs", "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}],
            "volumeMounts": [{"name": "logs", "mountPath": "/var/log/app", "readOnly": True}],
        },
    }


def writer(folder: str) -> dict[str, Any]:
    """Writes lines of JSON into a file on the node."""
    code = (
        "import json, time\n"
        "with open('/out/app.log', 'a') as file:\n"
        f"    for number in range({LINES}):\n"
        "        file.write(json.dumps({'number': number, 'message': f'line-{number}', 'level': 'warn'}) + '\\n')\n"
        "        file.flush()\n"
        "        time.sleep(0.02)\n"
    )
    volumes = [{"name": "logs", "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}]
    found = pod("writer", ["python3", "-c", code], volumes, [{"name": "logs", "mountPath": "/out"}])
    found["spec"]["containers"][0]["securityContext"] = {"runAsUser": 0}
    return found


def scrape_config(kubectl: Kubectl, name: str) -> dict[str, Any]:
    """Scrape port 9464 of a pod, through the API server, which the test can reach on every provider."""
    config = yaml.safe_load(kubectl("config", "view", "--raw", "--flatten", "--output=yaml"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    files = {"ca_file": "certificate-authority-data", "cert_file": "client-certificate-data", "key_file": "client-key-data"}
    tls = {}
    for key, source in files.items():
        found = cluster.get(source) or user.get(source)
        if found:
            tls[key.replace("_file", "")] = _decoded(found)
    return {
        "job_name": "otel-agent",
        "scheme": "https",
        "metrics_path": f"/api/v1/namespaces/{kubectl.namespace}/pods/{name}:9464/proxy/metrics",
        "static_configs": [{"targets": [cluster["server"].removeprefix("https://")]}],
        "tls_config": tls,
        "honor_labels": True,
    }


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()


@pytest.fixture
def running(namespace: Kubectl) -> tuple[Kubectl, str]:
    """The stand-ins and the agent; the folder of log files on the node."""
    folder = f"/var/log/e2e-{time.time_ns()}"
    namespace.apply(HERE / "destinations.yaml")
    script_pod(namespace, "loki", STANDIN)
    script_pod(namespace, "app", HERE / "app.py")
    namespace.apply(agent(folder))
    for name in ("tempo", "otel-agent"):
        namespace("wait", "--for=condition=Available", f"otelcol/{name}", "--timeout=120s", timeout=150)
    namespace("wait", "--for=condition=Ready", "pod/loki", "pod/app", "--timeout=60s", timeout=90)
    # The guide's configuration has no health check, so a pod is ready before its collector is; and a file that is there when the
    # receiver begins to look is read from its end.
    agents = pods_of(namespace, "otel-agent")
    wait_until("the agent's start", lambda: all("Everything is ready" in namespace("logs", name) for name in agents), timeout=60)
    return namespace, folder


def kept(kubectl: Kubectl) -> dict[str, int]:
    """Traces in Tempo's place: name and spans."""
    (name,) = pods_of(kubectl, "tempo")
    text = kubectl("exec", "--stdin", name, "--", "python3", "-", "/data/traces.pb", stdin=(HERE / "kept.py").read_text())
    found: dict[str, int] = json.loads(text)
    return found


def asked(kubectl: Kubectl, path: str) -> list[Any]:
    """What Loki's stand-in tells: /taken or /refused."""
    found: list[Any] = json.loads(kubectl("get", "--raw", f"/api/v1/namespaces/{kubectl.namespace}/pods/loki:3100/proxy{path}"))
    return found


def of_kind(names: dict[str, int], kind: str) -> list[str]:
    return [name for name in names if name.startswith(f"{kind}-")]


def test_the_guides_configuration_does_what_the_guide_says(running: tuple[Kubectl, str], tmp_path: Path) -> None:
    kubectl, folder = running
    program = build()
    kubectl.apply(writer(folder))
    script_pod(kubectl, "sender", HERE / "sender.py", str(KIND))
    wait_until(
        "the sender's end", lambda: kubectl.get("pod", "sender")["status"]["phase"] in ("Succeeded", "Failed"), timeout=120
    )
    assert kubectl.get("pod", "sender")["status"]["phase"] == "Succeeded", kubectl("logs", "sender", "--tail=20")
    (agent_pod,) = pods_of(kubectl, "otel-agent")
    with ProcessGroup(tmp_path) as group:
        prometheus = PrometheusServer.start(group, program, "prometheus", [scrape_config(kubectl, agent_pod)])

        # metrics: those that were sent, with exemplars that name their trace, the app's, and the node's
        def exemplars() -> set[str]:
            found = prometheus.exemplars('{__name__=~"checkouts_total|http_server_request_duration_seconds_bucket"}')
            return {one["labels"].get("trace_id", "") for series in found for one in series["exemplars"]}

        wait_until("exemplars in Prometheus", lambda: TRACE_OF_EXEMPLAR.hex() in exemplars(), timeout=90, every=2)
        for name, value in (("checkouts_total", "3"), ("orders_total", "7")):
            wait_until(f"{name} in Prometheus", partial(prometheus.query, name), timeout=90, every=2)
            (series,) = prometheus.query(name)
            assert (series["value"][1], series["metric"]["environment"]) == (value, "production")
        wait_until("the node's metrics", lambda: prometheus.query("system_cpu_time_seconds_total"), timeout=90, every=2)
        for name in ("system_memory_usage_bytes", "system_disk_io_bytes_total", "system_network_io_bytes_total"):
            assert prometheus.query(name), f"{name} is missing"

    # logs: those that were sent, and the file's with their fields parsed
    try:
        wait_until("the logs at Loki", lambda: len(asked(kubectl, "/taken")) >= KIND + LINES, timeout=90, every=2)
    finally:
        print(f"{len(asked(kubectl, '/taken'))} lines at Loki, refused: {asked(kubectl, '/refused')}")
    assert asked(kubectl, "/refused") == []
    lines = [pushed["line"] for pushed in asked(kubectl, "/taken")]
    assert sum("otlp-" in line for line in lines) == KIND
    parsed = [json.loads(line) for line in lines if "line-" in line]
    assert sorted(entry["attributes"]["number"] for entry in parsed) == list(range(LINES))
    assert {entry["attributes"]["level"] for entry in parsed} == {"warn"}

    # traces: all that failed or were slow, a tenth of the rest, each whole and once
    wait_until("the sampled traces", lambda: len(of_kind(kept(kubectl), "health")) > 0, timeout=90, every=2)
    names = kept(kubectl)
    assert len(of_kind(names, "error")) == len(of_kind(names, "slow")) == KIND
    assert 0.07 <= len(of_kind(names, "health")) / (10 * KIND) <= 0.13
    assert set(names.values()) == {2}
