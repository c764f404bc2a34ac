"""Instrumentations are upgraded at the start, and their status tells whose pods carry them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.inject.digests import instrumentation_digests
from otel_operator.inject.record import INJECTED, REFUSED
from otel_operator.settings import default_agent_images
from tests.integration.manager.conftest import INSTRUMENTATION_CRD

DEFAULT_IMAGES = default_agent_images()

Eventually = Callable[..., None]
JsonObject = dict[str, Any]
RESOURCE = "instrumentations.opentelemetry.io"
OLD = {name: image.rpartition(":")[0] + ":1.0.0" for name, image in DEFAULT_IMAGES.items()}
PYTHON_RECORD = "instrumentation.opentelemetry.io/default-auto-instrumentation-python-image"


def instrumentation(name: str = "sdk", **spec: Any) -> JsonObject:
    head = {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": {"name": name}}
    return {**head, "spec": {"sampler": {"type": "always_on"}, **spec}}


def live(cluster: Any, name: str = "sdk") -> JsonObject:
    found: JsonObject = json.loads(cluster.kubectl("get", RESOURCE, name, "-o", "json"))
    return found


def condition(cluster: Any, type_: str) -> JsonObject:
    conditions = (live(cluster).get("status") or {}).get("conditions") or []
    return next((found for found in conditions if found["type"] == type_), {})


def pod(name: str, annotations: JsonObject, label: str = "true") -> JsonObject:
    container = {"name": "app", "image": "app"}
    metadata = {"name": name, "labels": {INJECTED: label}, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def recorded(cluster: Any, spec: str) -> JsonObject:
    return {INJECTED: json.dumps({"python": {"resource": f"{cluster.namespace}/sdk", "spec": spec}})}


@pytest.fixture
def upgrade_due(cluster: Any) -> Any:
    """An Instrumentation as an older version completed it."""
    cluster.apply(default_instrumentation(instrumentation(nodejs={"image": "mine"}), OLD))
    return cluster


def test_default_images_are_upgraded_at_the_start_but_for_blocked_ones(
    upgrade_due: Any, manager: Any, eventually: Eventually
) -> None:
    eventually(lambda: live(upgrade_due)["spec"]["python"]["image"] == DEFAULT_IMAGES["python"])
    eventually(lambda: set(live(upgrade_due)["status"]["upgradeBlockedVersions"]) == {"java", "dotnet"})
    found = live(upgrade_due)
    assert found["metadata"]["annotations"][PYTHON_RECORD] == DEFAULT_IMAGES["python"]
    assert (found["spec"]["java"]["image"], found["spec"]["nodejs"]["image"]) == (OLD["java"], "mine")
    assert found["spec"]["go"]["image"] == OLD["go"]  # switched off
    assert condition(upgrade_due, "Ready")["reason"] == "Reconciled"

    def told() -> bool:
        events = [event for event in upgrade_due.get("events.events.k8s.io") if event["reason"] == "UpgradeBlocked"]
        return {event["action"] for event in events} == {"Upgrade-java", "Upgrade-dotnet"}

    eventually(told)
    assert 'otel_operator_instrumentation_upgrades_total{feature="java",outcome="blocked"} 1.0' in manager.page("/metrics")


def test_blocked_versions_go_from_the_status_when_the_user_has_moved_on(
    upgrade_due: Any, manager: Any, eventually: Eventually
) -> None:
    eventually(lambda: "java" in live(upgrade_due).get("status", {}).get("upgradeBlockedVersions", {}))
    moved_on = default_instrumentation(instrumentation(), DEFAULT_IMAGES)
    upgrade_due.apply(moved_on)
    eventually(lambda: not live(upgrade_due)["status"].get("upgradeBlockedVersions"))


def test_status_counts_pods_and_says_which_run_an_older_injection(cluster: Any, manager: Any, eventually: Eventually) -> None:
    cluster.apply(instrumentation())
    eventually(lambda: condition(cluster, "Degraded").get("status") == "False")
    current = instrumentation_digests(live(cluster), DEFAULT_IMAGES)["python"]
    cluster.apply(pod("new", recorded(cluster, current)), pod("old", recorded(cluster, "older")))

    def counts() -> tuple[int, int]:
        injection = live(cluster)["status"]["injection"]
        return injection["pods"], injection["outdatedPods"]

    eventually(lambda: counts() == (2, 1))
    workloads = live(cluster)["status"]["injection"]["workloads"]
    assert [(item["name"], item["outdatedPods"]) for item in workloads] == [("old", 1), ("new", 0)]
    columns = cluster.kubectl("get", RESOURCE, "sdk").splitlines()
    assert columns[0].split()[-2:] == ["PODS", "OUTDATED"]
    assert columns[1].split()[-2:] == ["2", "1"]
    cluster.apply(instrumentation(propagators=["b3"]))
    eventually(lambda: counts() == (2, 2))
    cluster.kubectl("delete", "pod", "old", "--grace-period=0", "--force")
    eventually(lambda: counts() == (1, 1))


def test_refused_pods_degrade_the_instrumentation(cluster: Any, manager: Any, eventually: Eventually) -> None:
    cluster.apply(instrumentation())
    refusal = {"feature": "java", "reason": "BadContainerNames", "message": "give names without spaces"}
    cluster.apply(pod("refused", {REFUSED: json.dumps([refusal])}, label="false"))
    eventually(lambda: condition(cluster, "Degraded").get("reason") == "BadContainerNames")
    assert "give names without spaces" in condition(cluster, "Degraded")["message"]
    cluster.kubectl("delete", "pod", "refused", "--grace-period=0", "--force")
    eventually(lambda: condition(cluster, "Degraded").get("status") == "False")


def test_nothing_is_written_while_nothing_changes(cluster: Any, manager: Any, eventually: Eventually) -> None:
    cluster.apply(instrumentation(), pod("p", recorded(cluster, "x")))
    eventually(lambda: live(cluster).get("status", {}).get("injection", {}).get("pods") == 1)
    before, writes = live(cluster)["metadata"]["resourceVersion"], manager.writes()
    cluster.kubectl("label", "pod", "p", "seen=true")
    eventually(lambda: 'controller="instrumentation"' in manager.page("/metrics"))
    cluster.apply(pod("q", recorded(cluster, "x")))
    eventually(lambda: live(cluster)["status"]["injection"]["pods"] == 2)
    # The label was no news: one write for the second pod, none between.
    assert manager.writes() == writes + 1
    assert before != live(cluster)["metadata"]["resourceVersion"]


@pytest.fixture
def crd_later(cluster: Any) -> Iterator[Callable[[], None]]:
    """Take the CRD of Instrumentations away; return what applies it."""
    definition = yaml.safe_load(INSTRUMENTATION_CRD.read_text())

    def apply() -> None:
        cluster.server.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(definition))
        cluster.server.wait_established(RESOURCE)

    cluster.server.kubectl("delete", "crd", RESOURCE, "--wait=true")
    yield apply
    apply()


def test_instrumentations_are_looked_after_once_their_crd_is_applied_and_again_after_it_was_gone(
    cluster: Any,
    crd_later: Callable[[], None],
    start_manager: Callable[..., Any],
    eventually: Eventually,
    collector: Callable[..., JsonObject],
) -> None:
    manager = start_manager()
    eventually(lambda: "does not serve opentelemetry.io/v1alpha1 instrumentations: apply crds/" in manager.log)
    cluster.apply(collector("x"))
    eventually(lambda: cluster.condition("x", "Ready"))
    crd_later()
    cluster.apply(instrumentation())
    eventually(lambda: condition(cluster, "Ready").get("reason") == "Reconciled", 60)
    cluster.server.kubectl("delete", "crd", RESOURCE, "--wait=true")
    eventually(lambda: "instrumentations is not served" in manager.log, 90)
    crd_later()
    cluster.apply(instrumentation("again"))
    eventually(lambda: (live(cluster, "again").get("status") or {}).get("conditions"), 90)
    assert manager.process.poll() is None


def test_manager_without_the_kind_looks_after_collectors_alone(
    cluster: Any, start_manager: Callable[..., Any], eventually: Eventually, collector: Callable[..., JsonObject]
) -> None:
    manager = start_manager(arguments=("--enable-instrumentation-crds=false",))
    eventually(lambda: "cache filled collectors" in manager.log)
    cluster.apply(instrumentation(), collector("x"))
    eventually(lambda: cluster.condition("x", "Ready"))
    assert "status" not in live(cluster)
