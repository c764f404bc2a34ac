"""The guide's DaemonSet manifest, exactly as printed: applied, changed, broken, deleted."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.kubectl import Kubectl, KubectlError, wait_until

MANIFEST = Path(__file__).parents[1] / "demo" / "manifests" / "otel-agent.yaml"
OWNED = "daemonsets,deployments,configmaps,serviceaccounts,services"
OURS = "--selector=app.kubernetes.io/managed-by=opentelemetry-operator"


def config_maps(kubectl: Kubectl) -> list[str]:
    found = kubectl.items("configmaps", OURS, "--sort-by=.metadata.creationTimestamp")
    return [item["metadata"]["name"] for item in found]


def pod_template(kubectl: Kubectl) -> dict[str, Any]:
    template: dict[str, Any] = kubectl.get("daemonset", "otel-agent-collector")["spec"]["template"]
    return template


def template_differs(kubectl: Kubectl, before: dict[str, Any]) -> bool:
    return pod_template(kubectl) != before


def change_batch_timeout(kubectl: Kubectl, seconds: int) -> None:
    """Edit the v1alpha1 text as a user would and apply it again."""
    obj = yaml.safe_load(MANIFEST.read_text())
    obj["spec"]["config"] = obj["spec"]["config"].replace("batch: {}", f"batch: {{timeout: {seconds}s}}")
    kubectl.apply(obj)


def test_guide_manifest_runs_one_available_pod_on_each_node(namespace: Kubectl) -> None:
    namespace.apply(MANIFEST)
    namespace("wait", "--for=condition=Available", "otelcol/otel-agent", "--timeout=90s")
    daemonset = namespace.get("daemonset", "otel-agent-collector")
    nodes = len(namespace.items("nodes"))
    assert daemonset["status"]["numberReady"] == nodes
    status = namespace.get("otelcol", "otel-agent")["status"]
    assert status["scale"]["statusReplicas"] == f"{nodes}/{nodes}"
    assert status["observedGeneration"] == namespace.get("otelcol", "otel-agent")["metadata"]["generation"]
    services = {item["metadata"]["name"] for item in namespace.items("services", OURS)}
    assert {"otel-agent", "otel-agent-collector", "otel-agent-collector-headless", "otel-agent-collector-monitoring"} <= services
    log = namespace("logs", "daemonset/otel-agent-collector")
    assert "Everything is ready" in log
    if shutil.which("cargo"):  # else the image was built without it, and the log says so
        assert "native extension is not installed" not in log


def test_config_change_rolls_pods_onto_a_new_configmap_and_prunes_the_oldest(namespace: Kubectl) -> None:
    namespace.apply(MANIFEST)
    namespace("wait", "--for=condition=Available", "otelcol/otel-agent", "--timeout=90s")
    namespace("patch", "otelcol", "otel-agent", "--type=merge", '--patch={"spec":{"configVersions":1}}')
    first = config_maps(namespace)
    for seconds in (2, 3):
        before = pod_template(namespace)
        change_batch_timeout(namespace, seconds)
        wait_until("a new pod template", partial(template_differs, namespace, before))
        namespace("rollout", "status", "daemonset/otel-agent-collector", "--timeout=90s")
        mounted = pod_template(namespace)["spec"]["volumes"][0]["configMap"]["name"]
        assert mounted in config_maps(namespace)
        assert mounted not in first
    wait_until("the first ConfigMap pruned", lambda: not set(first) & set(config_maps(namespace)), timeout=30)
    assert len(config_maps(namespace)) == 2


def test_deleting_the_collector_removes_all_its_children(namespace: Kubectl) -> None:
    namespace.apply(MANIFEST)
    namespace("wait", "--for=condition=Available", "otelcol/otel-agent", "--timeout=90s")
    assert namespace.items(OWNED, OURS)
    namespace("delete", "otelcol", "otel-agent")
    wait_until("children gone", lambda: not namespace.items(OWNED, OURS), timeout=60)


def test_hand_deleted_and_hand_edited_children_are_repaired_within_five_seconds(namespace: Kubectl) -> None:
    namespace.apply(MANIFEST)
    namespace("wait", "--for=condition=Available", "otelcol/otel-agent", "--timeout=90s")
    namespace("delete", "service", "otel-agent-collector")
    wait_until("Service made again", lambda: namespace.get("service", "otel-agent-collector"), timeout=5)
    namespace(
        "patch",
        "service",
        "otel-agent-collector",
        "--type=json",
        '--patch=[{"op":"replace","path":"/spec/ports/0/port","value":9}]',
    )
    wait_until(
        "port put right",
        lambda: namespace.get("service", "otel-agent-collector")["spec"]["ports"][0]["port"] == 4317,
        timeout=5,
    )


def test_broken_yaml_is_refused_with_line_and_column(namespace: Kubectl) -> None:
    obj = yaml.safe_load(MANIFEST.read_text())
    obj["spec"]["config"] = "receivers:\n  otlp: {protocols: {grpc: }\nexporters: [\n"
    with pytest.raises(KubectlError, match=r"line \d+.*column \d+"):
        namespace.apply(obj)


def test_undefined_exporter_is_refused_with_the_path_of_the_mistake(namespace: Kubectl) -> None:
    obj = yaml.safe_load(MANIFEST.read_text())
    obj["spec"]["config"] = obj["spec"]["config"].replace("exporters: [otlp]", "exporters: [otlp, nowhere]")
    with pytest.raises(KubectlError, match=r"service::pipelines::traces.*nowhere"):
        namespace.apply(obj)


def test_crash_loop_shows_its_reason_in_the_status(namespace: Kubectl) -> None:
    """The config is right, but the container cannot write where it says: only running it can show that."""
    obj = yaml.safe_load(MANIFEST.read_text())
    config = yaml.safe_load(obj["spec"]["config"])
    config["exporters"]["file"] = {"path": "/proc/nowhere/out.json"}
    config["service"]["pipelines"]["traces"]["exporters"] = ["file"]
    obj["spec"]["config"] = yaml.safe_dump(config)
    namespace.apply(obj)

    def message() -> str:
        conditions = namespace.get("otelcol", "otel-agent").get("status", {}).get("conditions", [])
        return next((c["message"] for c in conditions if c["type"] == "Available" and c["status"] == "False"), "")

    text = wait_until("a reason in condition Available", lambda: message() if "exit" in message().lower() else "", timeout=120)
    assert "otc-container" in text or "otel-agent-collector" in text
