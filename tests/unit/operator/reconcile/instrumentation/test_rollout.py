"""Which workload is restarted next, and what keeps it from being restarted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods, WorkloadKey
from otel_operator.reconcile.instrumentation.known import known
from otel_operator.reconcile.instrumentation.missed import Missed
from otel_operator.reconcile.instrumentation.rollout import (
    RESTARTED_AT,
    RESTARTED_FOR,
    Due,
    decide,
    due_for_missing,
    obstacle,
    outdated,
    restart_patch,
)
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings

Builder = Callable[..., dict[str, Any]]
JsonObject = dict[str, Any]
SDK = Key("apps", "sdk")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
WEB = WorkloadKey("apps/v1", "Deployment", "apps", "web")
API = WorkloadKey("apps/v1", "Deployment", "apps", "api")
DUE = Due(WEB, "Outdated", "token", 2, "")


def live(name: str = "web", *, ready: int = 2, template: JsonObject | None = None, **spec: Any) -> JsonObject:
    return {
        "apiVersion": "apps/v1",
        "kind": spec.pop("kind", "Deployment"),
        "metadata": {"name": name, "namespace": "apps", "generation": 1, "resourceVersion": "7"},
        "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": name}, "annotations": template or {}}}, **spec},
        "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": ready},
    }


def budget(allowed: int, **selector: Any) -> JsonObject:
    metadata = {"name": "pdb", "namespace": "apps"}
    return {"metadata": metadata, "spec": {"selector": selector}, "status": {"disruptionsAllowed": allowed}}


def test_workloads_with_an_older_injection_are_due_and_others_are_not(instrumentation: Builder, pod: Builder) -> None:
    old, new = instrumentation(), instrumentation(python={"env": []})
    pods = InjectedPods()
    for item in (
        pod("web-1", "python", of=old, deployment="web"),
        pod("web-2", "python", of=new, deployment="web"),
        pod("api-1", "java", of=old, deployment="api"),
        pod("alone", "python", of=old),
    ):
        pods.observe(item)
    (due,) = outdated(SDK, known(new, InjectionSettings()), pods.of(SDK))
    assert (due.workload, due.pods) == (WEB, 1)
    assert [item.workload for item in outdated(SDK, known(old, InjectionSettings()), pods.of(SDK))] == [WEB]


def test_workloads_that_a_restart_reaches_are_due_for_what_they_miss(instrumentation: Builder) -> None:
    job = WorkloadKey("batch/v1", "Job", "apps", "import")
    missed = [Missed(workload, ("python",), 2, "p", {}) for workload in (WEB, job)]
    (due,) = due_for_missing(SDK, known(instrumentation(), InjectionSettings()), missed)
    assert (due.workload, due.reason, due.pods, due.sample) == (WEB, "Missed", 2, "p")


def test_first_free_workload_is_chosen_past_one_that_a_budget_protects() -> None:
    first, second = Due(API, "Outdated", "t", 1, ""), DUE
    protects = budget(0, matchLabels={"app": "api"})
    decision = decide([first, second], {API: live("api"), WEB: live()}, [protects], NOW)
    assert decision.restart == second
    assert "PodDisruptionBudget pdb allows no disruption" in decision.obstacles[0][1].message


@pytest.mark.parametrize(
    ("workload", "budgets", "word"),
    [
        (live(), [budget(0, matchLabels={"app": "web"})], "PodDisruptionBudget"),
        (live(), [budget(0, matchExpressions=[{"key": "app", "operator": "In", "values": ["web"]}])], "PodDisruptionBudget"),
        (live(), [budget(0)], "PodDisruptionBudget"),
        (live(paused=True), [], "paused"),
        (live(kind="StatefulSet", updateStrategy={"type": "OnDelete"}), [], "OnDelete"),
        (live(kind="StatefulSet", updateStrategy={"rollingUpdate": {"partition": 2}}), [], "partition 2"),
        (live(ready=1), [], "rolling out"),
    ],
)
def test_obstacles_are_named(workload: JsonObject, budgets: list[JsonObject], word: str) -> None:
    found = obstacle(DUE, workload, budgets, NOW)
    assert found is not None
    assert word in found.message
    assert not found.whole_namespace


def test_budget_that_allows_or_protects_others_is_no_obstacle() -> None:
    assert obstacle(DUE, live(), [budget(1, matchLabels={"app": "web"}), budget(0, matchLabels={"app": "x"})], NOW) is None


def test_restart_that_did_not_help_holds_the_whole_namespace_for_a_day() -> None:
    restarted = {RESTARTED_AT: "2026-11-27T11:00:00Z", RESTARTED_FOR: "token"}
    workloads = {WEB: live(template=restarted), API: live("api")}
    due = [Due(API, "Outdated", "other", 1, ""), DUE]
    decision = decide(due, workloads, [], NOW)
    assert decision.restart is None
    assert "still lack the injection" in decision.obstacles[0][1].message
    assert decide(due, workloads, [], NOW + timedelta(hours=24)).restart == due[0]


def test_restart_for_another_reason_may_follow() -> None:
    restarted = {RESTARTED_AT: "2026-11-27T11:00:00Z", RESTARTED_FOR: "earlier"}
    assert decide([DUE], {WEB: live(template=restarted)}, [], NOW).restart == DUE


def test_a_rollout_that_we_began_holds_the_namespace_and_another_does_not() -> None:
    due = [DUE, Due(API, "Outdated", "t", 1, "")]
    ours = {WEB: live(ready=1, template={RESTARTED_FOR: "x"}), API: live("api")}
    assert decide(due, ours, [], NOW).restart is None
    assert decide(due, {WEB: live(ready=1), API: live("api")}, [], NOW).restart == due[1]


def test_workload_that_is_gone_is_passed_over() -> None:
    assert decide([DUE], {}, [], NOW).restart is None


def test_restart_is_that_of_kubectl_with_what_it_is_for() -> None:
    assert restart_patch(live(), DUE, NOW) == {
        "metadata": {"resourceVersion": "7"},
        "spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: "2026-11-27T12:00:00Z", RESTARTED_FOR: "token"}}}},
    }
