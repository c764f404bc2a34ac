"""The reason that a person would find with kubectl describe, from the pod that stands for the rest."""

from typing import Any

from otel_operator.reconcile.pods import refusal_of, trouble_of

CRASHED = {"exitCode": 1, "reason": "Error", "message": "config: receivers::otlp::x: unknown key"}


def pod(name: str = "p", container: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    containers = [{"name": "otc-container", "restartCount": 3, **container}] if container else []
    status = {"phase": "Running", "containerStatuses": containers} | changes.pop("status", {})
    return {"metadata": {"name": name, **changes}, "status": status}


def test_a_crash_loop_shows_code_restarts_and_last_words():
    loop = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": CRASHED}}
    said = trouble_of([pod(container=loop)])
    assert said == (
        "pod p: container otc-container is waiting: CrashLoopBackOff, exited with code 1 (Error), 3 restarts: "
        "config: receivers::otlp::x: unknown key"
    )


def test_an_image_that_cannot_be_pulled_is_named():
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x:1"'}}}
    assert trouble_of([pod(container=waiting)]).endswith('is waiting: ImagePullBackOff: Back-off pulling image "x:1"')


def test_a_pod_that_fits_nowhere_says_what_the_scheduler_said():
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: Insufficient cpu"}
    assert trouble_of([pod(status={"conditions": [unscheduled]})]) == (
        "pod p: not scheduled: 0/1 nodes are available: Insufficient cpu"
    )


def test_a_pod_that_starts_is_in_no_trouble():
    assert trouble_of([pod(container={"state": {"waiting": {"reason": "ContainerCreating"}}})]) == ""


def test_a_pod_that_is_being_deleted_is_not_the_reason():
    ended = {"state": {"terminated": {"exitCode": 143, "reason": "Error"}}}
    assert trouble_of([pod(container=ended, deletionTimestamp="2026-01-01T00:00:00Z")]) == ""


def test_an_evicted_pod_is_called_evicted_and_gives_way_to_one_in_trouble_now():
    ended = {"state": {"terminated": {"exitCode": 137, "reason": "Error"}}}
    evicted = pod("a", ended, status={"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."})
    assert trouble_of([evicted]) == "pod a: failed: Evicted The node was low on memory."
    waiting = pod("b", {"state": {"waiting": {"reason": "ErrImagePull"}}})
    assert trouble_of([evicted, waiting]).startswith("pod b: ")


def test_the_latest_refusal_of_pods_counts():
    older = {"note": "exceeded quota: cpu", "deprecatedLastTimestamp": "2026-01-01T00:00:00Z"}
    latest = {"note": "exceeded quota: pods", "series": {"lastObservedTime": "2026-01-02T00:00:00.000000Z"}}
    assert refusal_of([latest, older]) == "exceeded quota: pods"
    assert refusal_of([]) == ""
