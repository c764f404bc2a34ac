"""Conditions say what is so, and a status is written only when it says something new."""

from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.reconcile.conditions import Situation, merged, verdicts
from otel_operator.reconcile.status import same, status_of
from otel_operator.reconcile.workload import Workload, workload_of

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def workload(kind: str = "Deployment", **changes: Any) -> Workload:
    counts: dict[str, Any] = {"current": True, "desired": 2, "replicas": 2, "updated": 2, "ready": 2} | changes
    return Workload(kind, **counts)


def condition(situation: Situation, type_: str) -> tuple[str, str, str]:
    return next((v.status, v.reason, v.message) for v in verdicts(situation) if v.type == type_)


def available(live: Workload | None, **changes: Any) -> tuple[str, str, str]:
    return condition(Situation(False, live, **changes), "Available")


def test_all_replicas_ready_is_available():
    assert available(workload()) == ("True", "AllReplicasReady", "2 of 2 replicas are ready")


def test_a_daemonset_without_nodes_is_available_and_says_so():
    empty = workload("DaemonSet", desired=0, replicas=0, updated=0, ready=0)
    assert available(empty) == ("True", "NoReplicasWanted", "No node matches the DaemonSet")


def test_a_rollout_with_all_replicas_ready_is_not_called_unready():
    status, reason, message = available(workload(updated=1, replicas=3))
    assert (status, reason) == ("False", "RollingOut")
    assert message == "2 of 2 replicas are ready, 1 run the latest revision and 1 are to go"


def test_counts_of_an_older_spec_are_not_shown_as_those_of_the_latest():
    situation = Situation(False, workload(current=False))
    assert condition(situation, "Available")[:2] == ("False", "NotObserved")
    assert condition(situation, "Progressing")[:2] == ("True", "NotObserved")


def test_the_reason_of_pods_is_in_the_message():
    assert available(workload(ready=0), trouble="pod p: crashes") == (
        "False",
        "PodsFailing",
        "0 of 2 replicas are ready: pod p: crashes",
    )


def test_a_quota_that_refuses_pods_is_in_the_message():
    failure = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: pods=0"}
    obj = {
        "kind": "Deployment",
        "metadata": {"generation": 1},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 1, "conditions": [failure]},
    }
    assert available(workload_of(obj)) == ("False", "PodsFailing", "0 of 1 replicas are ready: exceeded quota: pods=0")


def test_a_daemonset_whose_pods_the_user_replaces_by_hand_is_settled_with_older_ones():
    obj = {
        "kind": "DaemonSet",
        "metadata": {"generation": 2},
        "spec": {"updateStrategy": {"type": "OnDelete"}},
        "status": {"observedGeneration": 2, "desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 0},
    }
    live = workload_of(obj)
    assert live is not None
    assert live.settled


def test_ready_is_about_applying_and_not_about_pods():
    assert condition(Situation(False, workload(ready=0)), "Ready")[:2] == ("True", "Reconciled")
    assert condition(Situation(False, workload(), error="refused"), "Ready") == ("False", "ReconcileError", "refused")


def test_transition_time_changes_only_with_the_status():
    first = merged([], verdicts(Situation(False, workload(ready=1))), 1, NOW)
    second = merged(first, verdicts(Situation(False, workload(ready=0))), 1, LATER)
    assert {c["lastTransitionTime"] for c in second} == {NOW}
    third = merged(second, verdicts(Situation(False, workload())), 1, LATER)
    assert {c["type"] for c in third if c["lastTransitionTime"] == LATER} == {"Available", "Progressing"}


@pytest.fixture
def written(collector: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return status_of(collector(), Situation(False, workload()), "image", NOW)


def test_a_status_that_says_the_same_is_not_written(written, collector):
    again = status_of(collector(status=written), Situation(False, workload()), "image", LATER)
    assert same(written, again)
    assert not same({}, again)


def test_what_others_wrote_and_the_servers_order_are_no_difference(written):
    foreign = {"type": "Foreign", "status": "True"}
    live = {**written, "messages": ["old"], "conditions": [foreign, *reversed(written["conditions"])]}
    assert same(live, written)


def test_a_count_that_went_to_zero_is_a_difference(written, collector):
    none = status_of(collector(status=written), Situation(False, workload(replicas=0, ready=0)), "image", NOW)
    assert not same(written, none)
