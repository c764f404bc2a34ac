"""What people do to children by hand is undone within five seconds."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]


@pytest.fixture
def settled(cluster: Any, manager: Any, collector: Builder, eventually: Eventually) -> Any:
    cluster.apply(collector("x"))
    eventually(lambda: cluster.condition("x", "Ready").get("status") == "True")
    return cluster


@pytest.mark.parametrize("kind", ["deployment", "service", "serviceaccount", "configmap"])
def test_a_deleted_child_comes_back(settled: Any, eventually: Eventually, kind: str) -> None:
    name = settled.names(kind)[-1]
    (before,) = settled.get(kind, f"--field-selector=metadata.name={name}")
    settled.kubectl("delete", kind, name)

    def back() -> bool:
        found = settled.get(kind, f"--field-selector=metadata.name={name}")
        return bool(found) and found[0]["metadata"]["uid"] != before["metadata"]["uid"]

    eventually(back, 5)


def test_replicas_scaled_by_hand_go_back(settled: Any, eventually: Eventually) -> None:
    settled.kubectl("scale", "deployment/x-collector", "--replicas=4")
    eventually(lambda: settled.get("deployment")[0]["spec"]["replicas"] == 1, 5)


def test_an_edited_config_map_goes_back(settled: Any, eventually: Eventually) -> None:
    (name,) = settled.names("configmap")
    (before,) = settled.get("configmap", f"--field-selector=metadata.name={name}")
    settled.kubectl("patch", "configmap", name, "--type=merge", "-p", '{"data":{"collector.yaml":"nonsense"}}')
    eventually(lambda: settled.get("configmap", f"--field-selector=metadata.name={name}")[0]["data"] == before["data"], 5)


def test_a_label_taken_off_comes_back(settled: Any, eventually: Eventually) -> None:
    settled.kubectl("label", "deployment/x-collector", "app.kubernetes.io/managed-by-")
    eventually(lambda: "x-collector" in settled.names("deployment"), 5)


def test_a_variable_added_by_hand_goes_away(settled: Any, eventually: Eventually) -> None:
    settled.kubectl("set", "env", "deployment/x-collector", "ADDED_BY=hand")

    def undone() -> bool:
        containers = settled.get("deployment")[0]["spec"]["template"]["spec"]["containers"]
        return all(variable["name"] != "ADDED_BY" for variable in containers[0].get("env", []))

    eventually(undone, 5)


HAND_EDITS = {
    "a paused rollout": ("deployment", "x-collector", {"spec": {"paused": True}}),
    "a node selector": ("deployment", "x-collector", {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}}),
    "a container's command": (
        "deployment",
        "x-collector",
        {"spec": {"template": {"spec": {"containers": [{"name": "otc-container", "command": ["sleep"]}]}}}},
    ),
    "one more label to select by": ("service", "x-collector", {"spec": {"selector": {"more": "labels"}}}),
    "another type of Service": ("service", "x-collector-monitoring", {"spec": {"type": "NodePort"}}),
    "a changed port of the alias": ("service", "x", {"spec": {"ports": [{"port": 4317, "protocol": "TCP", "targetPort": 1}]}}),
    "a key of a ConfigMap": ("configmap", "", {"data": {"more.yaml": "{}"}}),
}


@pytest.mark.parametrize("edit", HAND_EDITS)
def test_fields_set_by_hand_go_back(settled: Any, eventually: Eventually, edit: str) -> None:
    kind, name, patch = HAND_EDITS[edit]
    name = name or settled.names(kind)[0]

    def live() -> Any:
        (found,) = settled.get(kind, f"--field-selector=metadata.name={name}")
        return found["metadata"]["uid"], found.get("spec", found.get("data"))

    before = live()
    settled.kubectl("patch", kind, name, "--type=strategic", "-p", json.dumps(patch))
    eventually(lambda: live() == before, 5)


def test_an_edit_that_is_invalid_together_with_ours_goes_back(settled: Any, eventually: Eventually) -> None:
    settled.kubectl("set", "env", "deployment/x-collector", "POD_NAME=hand")

    def undone() -> bool:
        containers = settled.get("deployment")[0]["spec"]["template"]["spec"]["containers"]
        return any(variable["name"] == "POD_NAME" and "valueFrom" in variable for variable in containers[0]["env"])

    eventually(undone, 5)


def test_what_others_say_about_a_pod_template_stays(settled: Any, manager: Any, eventually: Eventually) -> None:
    settled.kubectl("rollout", "restart", "deployment/x-collector")
    settled.kubectl("scale", "deployment/x-collector", "--replicas=4")
    eventually(lambda: settled.get("deployment")[0]["spec"]["replicas"] == 1, 5)
    annotations = settled.get("deployment")[0]["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in annotations
